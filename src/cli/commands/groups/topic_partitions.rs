//! `--topic` of the commands about groups: `orders` or `orders:0,1`.

use crate::cli::failure::Failure;
use crate::vocabulary::TopicPartition;

/// A topic, all of it or some partitions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicPartitions {
    pub topic: String,
    /// Empty for all.
    pub partitions: Vec<i32>,
}

impl TopicPartitions {
    pub fn holds(&self, partition: &TopicPartition) -> bool {
        self.topic == partition.topic && (self.partitions.is_empty() || self.partitions.contains(&partition.partition))
    }
}

pub fn parse(text: &str) -> Result<TopicPartitions, Failure> {
    let Some((topic, list)) = text.split_once(':') else {
        return Ok(TopicPartitions { topic: text.to_owned(), partitions: Vec::new() });
    };
    if list.is_empty() {
        return Err(Failure::usage(format!("--topic {text}: no partitions after the colon"))
            .apache_usage(format!("Invalid topic arg '{text}', expected topic name and partitions")));
    }
    let partitions = list.split(',').map(|number| partition(text, number)).collect::<Result<Vec<i32>, Failure>>()?;
    Ok(TopicPartitions { topic: topic.to_owned(), partitions })
}

/// The message with its two closing quotes is Apache's.
fn partition(text: &str, number: &str) -> Result<i32, Failure> {
    number.parse().ok().filter(|partition| *partition >= 0).ok_or_else(|| {
        Failure::usage(format!("--topic {text}: '{number}' is not a partition"))
            .apache_usage(format!("Invalid partition '{number}' specified in topic arg '{text}''"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_may_name_partitions() {
        assert_eq!(parse("orders").unwrap().partitions, Vec::<i32>::new());
        assert_eq!(
            parse("orders:0,2").unwrap(),
            TopicPartitions { topic: "orders".to_owned(), partitions: vec![0, 2] }
        );
        for bad in ["orders:", "orders:x", "orders:1,", "orders:-1"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}

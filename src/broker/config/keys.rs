//! What a broker configuration key is, and what may be its value. The keys themselves are in `key_table`.

pub use super::key_table::KEYS;
use Kind::*;
use Valid::*;

/// The type of a key's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Boolean,
    Short,
    Int,
    Long,
    Double,
    Text,
    List,
    Class,
    Password,
}

/// What a value may be, beyond its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Valid {
    Any,
    AtLeast(i64),
    Between(i64, i64),
    /// One of these, or for a list a choice of these; upper and lower case are the same.
    OneOf(&'static [&'static str]),
}

/// One key.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    pub name: &'static str,
    pub kind: Kind,
    /// `None` is Kafka's null.
    pub default: Option<&'static str>,
    pub valid: Valid,
    /// Not shown to clients.
    pub internal: bool,
    /// Can be set at run time.
    pub dynamic: bool,
    pub effect: Effect,
}

/// What a key's value does here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It changes what this broker does.
    Heeded,
    /// It counts replicas, of which there is one whatever it says.
    Capped,
    /// It changes nothing, for this reason: known by name, shown by DescribeConfigs.
    None(&'static str),
}

impl Key {
    /// The key of this name.
    pub fn named(name: &str) -> Option<&'static Key> {
        KEYS.binary_search_by(|key| key.name.cmp(name)).ok().and_then(|at| KEYS.get(at))
    }

    /// The key whose name is like this one, as a word that was mistyped is.
    pub fn like(name: &str) -> Option<&'static Key> {
        let shown = KEYS.iter().filter(|key| !key.internal);
        let (distance, key) = shown.map(|key| (distance(name, key.name), key)).min_by_key(|(distance, _)| *distance)?;
        (distance * 4 <= name.len()).then_some(key)
    }

    /// Why `value` is no value of this key.
    pub fn fault(&self, value: &str) -> Option<String> {
        let value = value.trim();
        let number = match self.kind {
            Boolean if value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false") => return None,
            Boolean => return Some(format!("{}: '{value}' is neither true nor false", self.name)),
            Short => value.parse::<i16>().ok().map(f64::from),
            Int => value.parse::<i32>().ok().map(f64::from),
            Long => value.parse::<i64>().ok().map(|n| n as f64),
            Double => value.parse::<f64>().ok(),
            Text | List | Class | Password => return self.choice_fault(value),
        };
        let Some(number) = number else {
            return Some(format!("{}: '{value}' is not a number of type {:?}", self.name, self.kind));
        };
        match self.valid {
            AtLeast(least) if number < least as f64 => Some(format!("{}: {value} is less than {least}", self.name)),
            Between(least, most) if number < least as f64 || number > most as f64 => {
                Some(format!("{}: {value} is not between {least} and {most}", self.name))
            }
            _ => None,
        }
    }

    fn choice_fault(&self, value: &str) -> Option<String> {
        let OneOf(choices) = self.valid else { return None };
        let known = |part: &str| choices.iter().any(|choice| choice.eq_ignore_ascii_case(part));
        let mut parts = if self.kind == List { value.split(',').map(str::trim).collect() } else { vec![value] };
        parts.retain(|part| !(known(part) || part.is_empty() && self.kind == List));
        let unknown = parts.first()?;
        Some(format!("{}: '{unknown}' is not one of {}", self.name, choices.join(", ")))
    }
}

/// How many letters have to be changed, left out or put in to make one name of the other (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, letter) in one.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, wanted) in other.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *wanted);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_are_sorted_and_their_defaults_are_valid() {
        assert!(KEYS.is_sorted_by(|a, b| a.name < b.name));
        for key in KEYS {
            assert_eq!(key.default.and_then(|default| key.fault(default)), None);
        }
    }

    #[test]
    fn a_mistyped_name_is_like_the_one_that_was_meant() {
        let like = |name: &str| Key::like(name).map(|key| key.name);
        assert_eq!(like("num.partition"), Some("num.partitions"));
        assert_eq!(like("log.retention.hour"), Some("log.retention.hours"));
        assert_eq!(like("log.dir.s"), Some("log.dirs"));
        assert_eq!(like("colour"), None);
        assert_eq!(like(""), None);
    }

    #[test]
    fn a_value_outside_its_range_is_named() {
        let partitions = Key::named("num.partitions").unwrap();
        assert_eq!(partitions.fault("0").as_deref(), Some("num.partitions: 0 is less than 1"));
        assert!(partitions.fault("many").is_some());
        let policy = Key::named("log.cleanup.policy").unwrap();
        assert_eq!(policy.fault("compact, delete"), None);
        assert!(policy.fault("shred").is_some());
    }
}

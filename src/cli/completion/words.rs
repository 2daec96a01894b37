//! The words of bash's `COMP_WORDS`, put together again.
//!
//! Bash takes what is typed apart at the characters of `COMP_WORDBREAKS`, among them `:` and `=`, and wants to be answered with
//! what follows the last of them. Source: bash's manual, "Programmable Completion".

use std::ffi::OsString;

/// Words as a program would get them.
#[derive(Debug, PartialEq, Eq)]
pub struct Words {
    pub words: Vec<OsString>,
    /// Which of them is being typed.
    pub index: usize,
    /// Its part that bash holds for a word of its own, and does not want to hear again.
    pub already: String,
}

impl Words {
    /// Joins what was taken apart. `index` is the place of the word that is being typed.
    pub fn joined(parts: &[OsString], index: usize) -> Words {
        let mut joined = Words { words: Vec::new(), index: 0, already: String::new() };
        let mut sticks = false;
        for (at, part) in parts.iter().enumerate() {
            let is_break = part == ":" || part == "=";
            // A break sticks to both sides, but never to the name of the program.
            match joined.words.last_mut() {
                Some(last) if at > 1 && (is_break || sticks) => {
                    if at == index {
                        joined.already = last.to_string_lossy().into_owned();
                        if is_break {
                            joined.already.push_str(&part.to_string_lossy());
                        }
                    }
                    last.push(part);
                }
                _ => joined.words.push(part.clone()),
            }
            sticks = is_break;
            if at == index {
                joined.index = joined.words.len() - 1;
            }
        }
        if index >= parts.len() {
            joined.words.push(OsString::new());
            joined.index = joined.words.len() - 1;
        }
        joined
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(parts: &[&str], index: usize) -> (Vec<String>, usize, String) {
        let parts: Vec<OsString> = parts.iter().map(OsString::from).collect();
        let Words { words, index, already } = Words::joined(&parts, index);
        (words.into_iter().map(|word| word.into_string().unwrap()).collect(), index, already)
    }

    #[test]
    fn an_address_is_one_word_again() {
        let parts = ["kavka", "topics", "--bootstrap-server", "localhost", ":", "9092", "--topic", "or"];
        let (words, index, already) = joined(&parts, 7);
        assert_eq!(words, ["kavka", "topics", "--bootstrap-server", "localhost:9092", "--topic", "or"]);
        assert_eq!((index, already.as_str()), (5, ""));
    }

    #[test]
    fn what_stands_before_the_break_is_not_answered_again() {
        assert_eq!(
            joined(&["kavka", "topics", "--topic", "=", "or"], 4),
            (vec!["kavka".to_owned(), "topics".to_owned(), "--topic=or".to_owned()], 2, "--topic=".to_owned())
        );
        let (words, index, already) = joined(&["kavka", "topics", "--topic", "="], 3);
        assert_eq!((words.last().unwrap().as_str(), index, already.as_str()), ("--topic=", 2, "--topic="));
    }

    #[test]
    fn a_new_word_is_empty() {
        assert_eq!(
            joined(&["kavka", "topics"], 2),
            (vec!["kavka".into(), "topics".into(), String::new()], 2, String::new())
        );
    }
}

//! A number that Java's tool reads when it needs it: until then, a text that is none does no harm.

use std::convert::Infallible;
use std::str::FromStr;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LateInteger(String);

impl FromStr for LateInteger {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<LateInteger, Infallible> {
        Ok(LateInteger(text.to_owned()))
    }
}

impl LateInteger {
    /// The number; or what the parser says of `option`.
    pub fn get(&self, option: &str) -> Result<i32, String> {
        self.0.parse().map_err(|_| format!("Cannot parse argument '{}' of option {option}", self.0))
    }
}

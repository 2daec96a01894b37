//! "Did you mean": names that are close to what was typed, as argparse4j measures it.
//!
//! The distance of Damerau and Levenshtein with the costs that git uses for its commands: a swap is free, a letter more costs
//! 1, another letter 2, a letter less 4.

const OTHER: usize = 2;
const MORE: usize = 1;
const LESS: usize = 4;
/// From here on nothing is close.
const FAR: usize = 7;

/// The closest of the names, each shown as its first half and compared by its second.
pub fn closest<'a>(typed: &str, names: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<&'a str> {
    let distance = |name: &str| if name.starts_with(typed) { 0 } else { distance(typed, name) };
    let mut measured: Vec<(usize, &str)> =
        names.into_iter().map(|(shown, compared)| (distance(compared), shown)).collect();
    measured.sort_unstable();
    let least = measured.first().map_or(FAR, |(distance, _)| *distance);
    let close = measured.into_iter().filter(|(distance, _)| *distance == least && least < FAR);
    close.map(|(_, shown)| shown).collect()
}

fn distance(typed: &str, name: &str) -> usize {
    let (typed, name): (Vec<char>, Vec<char>) = (typed.chars().collect(), name.chars().collect());
    let first: Vec<usize> = (0..=name.len()).map(|letters| letters * MORE).collect();
    let (mut before, mut last) = (first.clone(), first);
    for (row, letter) in typed.iter().enumerate() {
        // As argparse4j counts, letters without a partner at the beginning cost 1 on either side.
        let mut line = vec![row + 1; name.len() + 1];
        for (column, other) in name.iter().enumerate() {
            let same = if letter == other { 0 } else { OTHER };
            let mut least = last[column] + same;
            let is_swap = row > 0 && column > 0 && typed[row - 1] == *other && *letter == name[column - 1];
            if is_swap && letter != other {
                least = least.min(before[column - 1]);
            }
            line[column + 1] = least.min(last[column + 1] + LESS).min(line[column] + MORE);
        }
        before = std::mem::replace(&mut last, line);
    }
    last[name.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMANDS: [&str; 6] =
        ["list", "describe", "describe-producers", "abort", "find-hanging", "forceTerminateTransaction"];

    fn of_commands(typed: &str) -> Vec<&'static str> {
        closest(typed, COMMANDS.map(|name| (name, name)))
    }

    /// Recorded from kafka-transactions.sh of Kafka 4.2.1.
    #[test]
    fn what_is_closest_is_shown_by_name() {
        assert_eq!(of_commands("lst"), ["list"]);
        assert_eq!(of_commands("frob"), ["abort"]);
        assert_eq!(of_commands("-"), ["list"]);
        assert_eq!(of_commands("something-else-altogether"), [""; 0]);
        let mut all = COMMANDS.to_vec();
        all.sort_unstable();
        assert_eq!(of_commands(""), all);
    }
}

//! Chance that is the same on every machine: SplitMix64 (Steele, Lea and Flood, 2014).
//!
//! Each debtor and each invoice throws dice of its own, so that a change to one story moves no other.

/// A stream of numbers fixed by what it was made from.
pub(super) struct Dice {
    state: u64,
}

impl Dice {
    /// The dice of one thing: `what` and its place.
    pub(super) fn new(seed: u64, what: &str, place: u64) -> Self {
        let mut dice = Self { state: seed };
        for byte in what.bytes() {
            dice.state = dice.next() ^ u64::from(byte);
        }
        dice.state = dice.next() ^ place;
        dice
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = high.abs_diff(low) + 1;
        low.saturating_add_unsigned(self.next() % width)
    }

    /// True `percent` times in a hundred.
    pub(super) fn chance(&mut self, percent: i64) -> bool {
        self.between(1, 100) <= percent
    }

    /// One of several, each as often as its weight says.
    pub(super) fn pick<T: Copy>(&mut self, choices: &[(T, i64)]) -> T {
        let total: i64 = choices.iter().map(|(_, weight)| weight).sum();
        let mut left = self.between(1, total);
        for (choice, weight) in choices {
            left -= weight;
            if left <= 0 {
                return *choice;
            }
        }
        choices[0].0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_the_published_generator() {
        // The first outputs for the seed 1234567, as the reference implementation prints them.
        let mut dice = Dice { state: 1_234_567 };
        assert_eq!(dice.next(), 6_457_827_717_110_365_317);
        assert_eq!(dice.next(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn bounds_are_reached_and_kept() {
        let mut dice = Dice::new(7, "test", 0);
        let thrown: Vec<i64> = (0..200).map(|_| dice.between(-1, 1)).collect();
        assert!(thrown.iter().all(|number| (-1..=1).contains(number)));
        assert!([-1, 0, 1].iter().all(|number| thrown.contains(number)));
    }
}

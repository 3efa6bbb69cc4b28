//! Which deliveries of one session may be acknowledged: the contiguous prefix of what was committed.
//!
//! RabbitMQ numbers the deliveries of a channel from 1. Acknowledging "all up to" a number is one frame for a whole
//! batch, and is right only when everything before it is committed too.

use std::collections::BTreeSet;

/// The committed deliveries of one session.
#[derive(Debug, Default)]
pub(super) struct Prefix {
    acknowledged: u64,
    ahead: BTreeSet<u64>,
}

impl Prefix {
    /// Takes note that the delivery of this number was committed; again, or late, changes nothing.
    pub fn commit(&mut self, delivery: u64) {
        if delivery > self.acknowledged {
            self.ahead.insert(delivery);
        }
    }

    /// Up to which number everything is committed, if that is further than what this returned before.
    pub fn advance(&mut self) -> Option<u64> {
        let before = self.acknowledged;
        while self.ahead.first() == Some(&(self.acknowledged + 1)) {
            self.ahead.pop_first();
            self.acknowledged += 1;
        }
        (self.acknowledged > before).then_some(self.acknowledged)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_gap_holds_back_what_is_behind_it() {
        let mut prefix = Prefix::default();
        prefix.commit(2);
        prefix.commit(3);
        assert_eq!(prefix.advance(), None);
        prefix.commit(1);
        assert_eq!(prefix.advance(), Some(3));
        prefix.commit(2);
        assert_eq!(prefix.advance(), None, "nothing is acknowledged twice");
    }

    proptest! {
        #[test]
        fn in_any_order_exactly_the_contiguous_prefix_is_acknowledged(order in Just((1..40_u64).collect::<Vec<_>>()).prop_shuffle()) {
            let mut prefix = Prefix::default();
            let mut committed = BTreeSet::new();
            let mut acknowledged = 0;
            for delivery in order {
                prefix.commit(delivery);
                committed.insert(delivery);
                if let Some(up_to) = prefix.advance() {
                    prop_assert!(up_to > acknowledged);
                    acknowledged = up_to;
                }
                prop_assert!((1..=acknowledged).all(|earlier| committed.contains(&earlier)));
                prop_assert!(!committed.contains(&(acknowledged + 1)));
            }
            prop_assert_eq!(acknowledged, 39);
        }
    }
}

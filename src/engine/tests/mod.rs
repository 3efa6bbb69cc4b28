//! The rules of the semantics, one story each; the rule's number stands in the test's name.

mod asked_again;
mod behaviour;
mod blocking;
mod booked;
mod charged;
mod editing;
mod france;
mod holds;
mod hours;
mod insolvency;
mod limitation;
mod moving;
mod openings;
mod outlook;
mod people;
mod prevention;
mod property;
mod released;
mod reopened;
mod settling;
mod size;
mod story;
mod terms;
mod timing;
mod ways_round;
mod wording;

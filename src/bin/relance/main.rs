//! The command line.

#[cfg(test)]
mod demo_book;

fn main() {}

//! Every command says what it does, what each of its flags is for, and shows itself at work.

use clap::{Command, CommandFactory as _, Parser as _};

use super::Cli;

/// The words of a line as a shell would part them; what follows `>` is not the program's.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for c in line.chars() {
        match c {
            '"' | '\'' => quoted = !quoted,
            ' ' if !quoted => words.extend(Some(std::mem::take(&mut word)).filter(|word| !word.is_empty())),
            _ => word.push(c),
        }
    }
    words.push(word);
    let end = words.iter().position(|word| word == ">").unwrap_or(words.len());
    words[..end].iter().skip_while(|word| word.contains('=')).cloned().collect()
}

/// Goes through a command and those below it.
fn walk(command: &Command, path: &[String], seen: &mut usize) {
    let name = path.join(" ");
    assert!(command.get_about().is_some(), "{name} does not say what it does");
    let below: Vec<&Command> = command.get_subcommands().filter(|one| one.get_name() != "help").collect();
    let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let examples: Vec<&str> =
        help.lines().filter_map(|line| line.strip_prefix("  ")).filter(|line| line.contains("relance ")).collect();
    assert!(!examples.is_empty(), "{name} has no example");
    for example in examples {
        let words = words(example);
        assert_eq!(words[..path.len()], *path, "{name} shows another command");
        if let Err(why) = Cli::try_parse_from(&words) {
            panic!("{example}: {why}");
        }
        *seen += 1;
    }
    if below.is_empty() {
        let own = command.get_arguments().filter(|one| !one.is_global_set());
        let bare: Vec<&str> = own.filter(|one| one.get_help().is_none()).map(|one| one.get_id().as_str()).collect();
        assert_eq!(bare, [] as [&str; 0], "{name} does not say what these are for");
    }
    for one in below {
        walk(one, &[path, &[one.get_name().to_owned()]].concat(), seen);
    }
}

#[test]
fn every_command_has_an_example_of_its_own_that_can_be_typed() {
    let mut seen = 0;
    walk(&Cli::command(), &["relance".to_owned()], &mut seen);
    assert!(seen > 40, "{seen}");
}

#[test]
fn help_names_every_bench_and_asks_alike_who_it_is() {
    let cli = Cli::command();
    let bench = cli.find_subcommand("bench").unwrap();
    let about = bench.get_about().unwrap().to_string();
    let below = bench.get_subcommands().filter(|one| one.get_name() != "help");
    let missing: Vec<&str> =
        below.map(Command::get_name).filter(|name| !about.contains(&format!("bench {name}"))).collect();
    assert_eq!(missing, [] as [&str; 0], "{about}");
    for name in ["deploy", "block", "unblock"] {
        let command = cli.find_subcommand(name).unwrap();
        let by = command.get_arguments().find(|one| one.get_id() == "by").unwrap();
        assert_eq!(by.get_env().and_then(|env| env.to_str()), Some("USER"), "{name}");
        assert!(by.is_required_set() && by.get_default_values().is_empty(), "{name} never acts for nobody");
    }
}

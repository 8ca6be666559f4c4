//! The table of what became of a folder's documents.

use crate::{ENOUGH, Outcome, PageOutcome};

/// Prints how many there are of each kind, and then their names.
pub fn print(outcomes: &[Outcome]) {
    let pages = || {
        outcomes
            .iter()
            .flat_map(|one| one.pages.iter().map(move |page| (one, page)))
    };
    let below = |page: &PageOutcome| page.best().is_some_and(|b| b < ENOUGH);
    let list = |wanted: &dyn Fn(&Outcome) -> Option<String>| -> Vec<String> {
        let line = |one| Some(format!("{}: {}", one_name(one), wanted(one)?));
        outcomes.iter().filter_map(line).collect()
    };
    let pages_below = |with_words: bool| -> Vec<String> {
        let mut found: Vec<_> = pages()
            .filter(|(_, page)| below(page))
            .filter(|(_, page)| (page.loss || page.note) == with_words)
            .collect();
        found.sort_by(|a, b| {
            a.1.best().partial_cmp(&b.1.best()).expect("a number")
        });
        let line = |(one, page): &(&Outcome, &PageOutcome)| {
            let best = page.best().unwrap_or_default();
            format!("{best:.3} {} page {}", one.name, page.page)
        };
        found.iter().map(line).collect()
    };
    let compared = pages().filter(|(_, page)| page.best().is_some()).count();
    let mut best: Vec<f64> =
        pages().filter_map(|(_, page)| page.best()).collect();
    best.sort_by(f64::total_cmp);

    let kinds: [(&str, Vec<String>); 6] = [
        (
            "refused",
            list(&|one| {
                let why = one.refused.as_ref()?;
                Some(format!(
                    "{why} (others draw {:?} pages)",
                    one.other_counts
                ))
            }),
        ),
        (
            "failed",
            list(&|one| {
                let why = one.failed.as_ref()?;
                Some(format!("{why} (after {} pages)", one.pages.len()))
            }),
        ),
        (
            "held, with the reason in words",
            list(&|one| {
                (!one.losses.is_empty()).then(|| one.losses.join("; "))
            }),
        ),
        (
            "pages missing, without words",
            list(&|one| {
                let is_told = !one.losses.is_empty() || one.failed.is_some();
                let (ours, theirs) = (one.pages.len(), one.expected_pages());
                let missing =
                    one.refused.is_none() && !is_told && ours < theirs;
                missing.then(|| format!("{ours} of {theirs}"))
            }),
        ),
        ("pages below 0.9, with words", pages_below(true)),
        ("pages below 0.9, without words", pages_below(false)),
    ];
    println!("{} documents, {compared} pages compared", outcomes.len());
    if let Some(median) = best.get(best.len() / 2) {
        println!("agreement with the best of three: {median:.3} in the median");
    }
    println!();
    for (kind, lines) in &kinds {
        println!("{:>5}  {kind}", lines.len());
    }
    for (kind, lines) in &kinds {
        println!("\n{kind}");
        for line in lines {
            println!("  {line}");
        }
    }
    let mut slow: Vec<&Outcome> = outcomes.iter().collect();
    slow.sort_by(|a, b| b.seconds.total_cmp(&a.seconds));
    println!("\nthe slowest");
    for one in slow.iter().take(10) {
        println!("  {:.1} s {}", one.seconds, one.name);
    }
}

fn one_name(one: &Outcome) -> &str {
    &one.name
}

//! Two people print a file of one name.

use crate::{Outcome, document::Document, office::Office, say};

pub fn play(office: &mut Office) -> Outcome {
    let mut server = office.server()?;

    // ANCHOR: same-name
    // Both clients are told that all went well.
    let peter = Document::new("Peter", "report.txt", 3);
    let egon = Document::new("Egon", "report.txt", 8);
    for report in [&peter, &egon] {
        office.copy(report)?;
        let reply = u8::from(office.announce(report)?);
        say(report.user, format!("copied report.txt, SADD said {reply}"));
    }

    // One file was overwritten, and a set holds a name once.
    say("server", format!("finds {} job", server.print_waiting()?));
    say("printer", office.paper()?);
    let user = office.fact("report.txt", "user")?;
    say("redis", format!("report.txt: user {user}"));
    // ANCHOR_END: same-name

    // ANCHOR: numbered
    // The cure: a job's file gets a name that no person chose.
    for report in [peter, egon] {
        let name = format!("job-{}.txt", office.next_number()?);
        say(report.user, format!("copied report.txt as {name}"));
        let job = Document { name, ..report };
        office.copy(&job)?;
        office.announce(&job)?;
    }
    say("server", format!("finds {} jobs", server.print_waiting()?));

    // A set has no order: whose comes first is anybody's guess.
    let mut papers = [office.paper()?, office.paper()?];
    papers.sort();
    for paper in papers {
        say("printer", paper);
    }
    // ANCHOR_END: numbered
    Ok(())
}

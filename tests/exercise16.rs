//! The check of exercise 16: a link opens its own document, in its own time.

#[macro_use]
mod program;

fn link(document: &str, until: &str) -> String {
    let printed =
        program::output_of(program!("16"), &["link", document, until]);
    printed.trim_end().to_owned()
}

fn opened(link: &str, now: u64) -> String {
    let now = now.to_string();
    let printed = program::output_of(program!("16"), &["open", link, &now]);
    let (_, document) = printed.trim_end().split_once(": ").expect("an answer");
    document.to_owned()
}

#[test]
fn a_link_opens_its_document_until_its_moment() {
    let link = link("/trays/7", "1000");
    assert_eq!(opened(&link, 0), "/trays/7");
    assert_eq!(opened(&link, 999), "/trays/7");
    assert_eq!(opened(&link, 1000), "refused", "at the moment itself");
    assert_eq!(opened(&link, 1001), "refused", "after its moment");
}

#[test]
fn a_link_that_was_changed_opens_nothing() {
    let own = link("/trays/7", "1000");
    let other = link("/trays/8", "1000");
    let signature = |link: &str| {
        let (_, signature) = link.rsplit_once('=').expect("a signature");
        signature.to_owned()
    };
    for changed in [
        own.replace("until=1000", "until=9999"),
        own.replace("/trays/7", "/trays/8"),
        own.replace(&signature(&own), &signature(&other)),
        own.replace(&signature(&own), ""),
        own.replace(&signature(&own), &signature(&own)[..32]),
        own.replace("&signature=", "&until=9999&signature="),
        format!("{own}&until=9999"),
        format!("{own}0"),
        "/trays/7?until=1000".to_owned(),
        "/trays/7".to_owned(),
        String::new(),
    ] {
        assert_eq!(opened(&changed, 5), "refused", "{changed:?}");
    }
}

#[test]
fn a_document_may_have_any_name() {
    for document in ["/a?until=9&signature=f", "/a?until=5", "/a=b&c"] {
        let link = link(document, "1000");
        assert_eq!(opened(&link, 999), document, "{link}");
        assert_eq!(opened(&link, 1000), "refused", "{link}");
    }
}

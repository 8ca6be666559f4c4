//! What lies behind something that is down is unreachable: one notice for the
//! cause, none for the rest.

use std::path::Path;

use alerts::{Alerts, Memory, Notice, NoticeState};
use monitor_config::Config;

use crate::rules::SECOND;

use NoticeState::{Failing, Recovered};

/// The number of servers behind the switch, which lies behind the router.
const SERVERS: usize = 50;

fn server(number: usize) -> String {
    format!("server {number}")
}

fn policy(alert: &str) -> alerts::Policy {
    let mut text = "[[notify]]\nname = \"chat\"\ncommand = [\"true\"]\n\
                    [[notify]]\nname = \"mail\"\ncommand = [\"true\"]\n\
                    [[group]]\nname = \"servers\"\nbehind = \"switch\"\n\
                    [[target]]\nname = \"router\"\nhost = \"192.0.2.1\"\n\
                    [[target]]\nname = \"switch\"\nhost = \"192.0.2.2\"\n\
                    behind = \"router\"\n"
        .to_owned();
    for number in 0..SERVERS {
        text += &format!(
            "[[target]]\nname = \"{}\"\nhost = \"192.0.2.3\"\n\
             group = \"servers\"\n",
            server(number)
        );
    }
    let config = Config::parse(&(text + alert), Path::new("monitor.toml"));
    config.expect("a configuration").policy()
}

const ALL: &str = "[[alert]]\nname = \"gone\"\ntarget = \"all\"\nafter = 3\n\
                   recover_after = 2\nnotify = [\"chat\"]\n";

fn alerts(alert: &str) -> Alerts {
    Alerts::following(policy(alert), Memory::default())
}

/// What answers in a pass.
#[derive(Clone, Copy, PartialEq)]
enum Reach {
    Everything,
    /// The router does.
    Router,
    Nothing,
}

/// A pass of one second over all targets, in this order: the results of a pass
/// come in any.
fn pass(
    alerts: &mut Alerts,
    second: i64,
    reach: Reach,
    router_first: bool,
) -> Vec<Notice> {
    let mut order = vec![
        ("router".to_owned(), reach != Reach::Nothing),
        ("switch".to_owned(), reach == Reach::Everything),
    ];
    for number in 0..SERVERS {
        order.push((server(number), reach == Reach::Everything));
    }
    if !router_first {
        order.reverse();
    }
    let at = second * SECOND;
    let mut told = Vec::new();
    for (target, answers) in order {
        let value = answers.then_some(1.5);
        told.extend(alerts.sample(at, "ping", &target, value, None));
    }
    told.extend(alerts.due(at + SECOND / 2));
    told
}

/// The second, the target and the state of each notice.
fn play(
    alerts: &mut Alerts,
    passes: &[Reach],
    router_first: bool,
) -> Vec<(i64, String, NoticeState)> {
    let mut told = Vec::new();
    for (second, reach) in (0..).zip(passes) {
        for notice in pass(alerts, second, *reach, router_first) {
            told.push((second, notice.target, notice.state));
        }
    }
    told
}

fn lasting(parts: &[(Reach, usize)]) -> Vec<Reach> {
    let repeat = |(reach, count): &(Reach, usize)| vec![*reach; *count];
    parts.iter().flat_map(repeat).collect()
}

#[test]
fn a_dead_router_before_fifty_targets_is_one_notice_and_one_at_its_return() {
    let passes = lasting(&[
        (Reach::Everything, 5),
        (Reach::Nothing, 100),
        (Reach::Everything, 100),
    ]);
    for router_first in [true, false] {
        let mut alerts = alerts(ALL);
        let told = play(&mut alerts, &passes, router_first);
        let router = || "router".to_owned();
        assert_eq!(
            told,
            [(7, router(), Failing), (106, router(), Recovered)],
            "router first: {router_first}"
        );
    }
}

#[test]
fn the_notice_names_the_cause_and_counts_the_rest() {
    for router_first in [true, false] {
        let mut alerts = alerts(ALL);
        let mut told = pass(&mut alerts, 0, Reach::Everything, router_first);
        for second in 1..=3 {
            told.extend(pass(
                &mut alerts,
                second,
                Reach::Nothing,
                router_first,
            ));
        }
        let [notice] = told.as_slice() else { panic!("{told:#?}") };
        let words = &notice.words;
        assert!(words.starts_with("router: ping fails"), "{words}");
        let count = "; 51 targets behind it cannot be reached";
        assert!(words.ends_with(count), "{words}");
        let ongoing = alerts.ongoing();
        assert_eq!(ongoing.len(), 1, "{ongoing:#?}");
        assert_eq!(ongoing[0].causes, 51);
        assert_eq!(alerts.cause("switch"), Some("router"));
        assert_eq!(alerts.cause("server 7"), Some("router"));
        assert_eq!(alerts.cause("router"), None);
    }
}

#[test]
fn in_a_chain_the_nearest_that_answers_shows_what_is_broken() {
    let passes = lasting(&[
        (Reach::Everything, 5),
        (Reach::Router, 10),
        // The router follows the switch, and comes back before it.
        (Reach::Nothing, 10),
        (Reach::Router, 10),
        (Reach::Everything, 10),
    ]);
    for router_first in [true, false] {
        let told = play(&mut alerts(ALL), &passes, router_first);
        let (switch, router) = ("switch".to_owned(), "router".to_owned());
        assert_eq!(
            told,
            [
                (7, switch.clone(), Failing),
                (17, router.clone(), Failing),
                (26, router, Recovered),
                (36, switch, Recovered),
            ],
            "router first: {router_first}"
        );
    }
}

#[test]
fn what_fails_although_its_upstream_answers_is_told_at_once() {
    let mut alerts = alerts(ALL);
    for second in 0..5 {
        pass(&mut alerts, second, Reach::Everything, true);
    }
    let mut told = Vec::new();
    for second in 5..10 {
        let at = second * SECOND;
        for target in ["server 1", "switch", "router", "server 2"] {
            let value = (target != "server 1").then_some(1.5);
            told.extend(alerts.sample(at, "ping", target, value, None));
        }
    }
    let [notice] = told.as_slice() else { panic!("{told:#?}") };
    assert_eq!((&*notice.target, notice.at), ("server 1", 7 * SECOND));
    assert!(!notice.words.contains("behind"), "{}", notice.words);
}

#[test]
fn a_short_outage_of_everything_is_told_of_nothing_behind() {
    // Two passes are trouble for this rule, and not enough for a router.
    let quick = ALL.replace("after = 3", "after = 2");
    let passes = lasting(&[
        (Reach::Everything, 5),
        (Reach::Nothing, 2),
        (Reach::Everything, 20),
    ]);
    for router_first in [true, false] {
        let told = play(&mut alerts(&quick), &passes, router_first);
        let targets: Vec<&str> =
            told.iter().map(|(_, target, _)| target.as_str()).collect();
        assert_eq!(targets, ["router", "router"], "{told:#?}");
    }
}

#[test]
fn what_stays_away_after_the_return_of_its_upstream_is_told() {
    let mut alerts = alerts(ALL);
    let mut told = Vec::new();
    for second in 0..60_i64 {
        let router = !(5..20).contains(&second);
        let at = second * SECOND;
        for (target, answers) in [
            ("server 1", second < 5),
            ("server 2", router),
            ("switch", router),
            ("router", router),
        ] {
            let value = answers.then_some(1.5);
            told.extend(alerts.sample(at, "ping", target, value, None));
        }
    }
    let told: Vec<(&str, NoticeState, i64)> =
        told.iter().map(|it| (&*it.target, it.state, it.at / SECOND)).collect();
    assert_eq!(
        told,
        [
            ("router", Failing, 7),
            ("router", Recovered, 21),
            ("server 1", Failing, 23),
        ]
    );
}

#[test]
fn a_router_that_is_asked_seldom_is_waited_for() {
    for router_is_there in [false, true] {
        let mut alerts = alerts(ALL);
        pass(&mut alerts, 0, Reach::Everything, true);
        let mut told = Vec::new();
        for second in 1..60 {
            let at = second * SECOND;
            told.extend(alerts.sample(at, "ping", "server 1", None, None));
            if second % 10 == 0 {
                let value = router_is_there.then_some(1.5);
                for target in ["router", "switch"] {
                    told.extend(alerts.sample(at, "ping", target, value, None));
                }
            }
        }
        let told: Vec<(&str, i64)> =
            told.iter().map(|it| (&*it.target, it.at / SECOND)).collect();
        let wanted = match router_is_there {
            // The first time that the router is asked after the server fell.
            true => ("server 1", 10),
            false => ("router", 30),
        };
        assert_eq!(told, [wanted], "router there: {router_is_there}");
    }
}

#[test]
fn a_router_that_loses_answers_hides_no_server_that_is_dead() {
    let mut alerts = alerts(ALL);
    let mut told = Vec::new();
    for second in 0..600 {
        let at = second * SECOND;
        let loses = second % 2 == 0;
        for (target, value) in [
            ("router", (!loses).then_some(1.5)),
            ("switch", Some(1.5)),
            ("server 1", None),
        ] {
            told.extend(alerts.sample(at, "ping", target, value, None));
        }
    }
    let [notice] = told.as_slice() else { panic!("{told:#?}") };
    assert_eq!(notice.target, "server 1");
    assert!(notice.at < 10 * SECOND, "{}", notice.at);
}

#[test]
fn an_upstream_that_is_never_heard_of_hides_nothing_for_ever() {
    let mut alerts = alerts(ALL);
    let mut told = Vec::new();
    for second in 0..3_600 {
        let at = second * SECOND;
        told.extend(alerts.sample(at, "ping", "server 1", None, None));
    }
    let [notice] = told.as_slice() else { panic!("{told:#?}") };
    assert_eq!(notice.target, "server 1");
}

#[test]
fn whoever_would_be_told_of_the_servers_is_told_of_the_router() {
    let two = "[[alert]]\nname = \"net\"\ntarget = \"router\"\n\
               notify = [\"chat\"]\n\
               [[alert]]\nname = \"servers\"\ngroup = \"servers\"\n\
               notify = [\"mail\"]\n\
               [[alert]]\nname = \"server 1\"\ntarget = \"server 1\"\n\
               above = \"50ms\"\nnotify = [\"chat\"]\n";
    let mut alerts = alerts(two);
    pass(&mut alerts, 0, Reach::Everything, true);
    let mut told = Vec::new();
    for second in 1..20 {
        told.extend(pass(&mut alerts, second, Reach::Nothing, true));
    }
    let told: Vec<(&str, &str)> =
        told.iter().map(|it| (&*it.alert, &*it.target)).collect();
    // "server 1" tells the chat, which hears of the router already.
    assert_eq!(told, [("net", "router"), ("servers", "router")]);
}

#[test]
fn a_dead_router_is_told_once_also_over_restarts() {
    let mut alerts = alerts(ALL);
    pass(&mut alerts, 0, Reach::Everything, true);
    let mut told = 0;
    for second in 1..30 {
        told +=
            pass(&mut alerts, second, Reach::Nothing, second % 2 == 0).len();
        let memory = serde_json::to_string(alerts.memory()).expect("data");
        let memory = serde_json::from_str(&memory).expect("what was written");
        if second % 5 == 0 {
            alerts = Alerts::following(policy(ALL), memory);
        }
    }
    assert_eq!(told, 1);
}

#[test]
fn circles_and_unknown_names_are_refused_with_their_line() {
    let target = |name: &str, more: &str| {
        format!("[[target]]\nname = \"{name}\"\nhost = \"192.0.2.1\"\n{more}\n")
    };
    for (text, said) in [
        (
            target("a", "behind = \"b\""),
            "monitor.toml:4: target.behind: there is no [[target]] named `b`",
        ),
        (
            target("a", "behind = \"a\""),
            "monitor.toml:4: target.behind: `a` would lie behind itself: a \
             behind a",
        ),
        (
            target("a", "behind = \"c\"")
                + &target("b", "behind = \"a\"")
                + &target("c", "behind = \"b\""),
            "monitor.toml:4: target.behind: `a` would lie behind itself: a \
             behind c behind b behind a",
        ),
        (
            target("s", "group = \"g\"")
                + "[[group]]\nname = \"g\"\nbehind = \"s\"",
            "monitor.toml:7: group.behind: `s` would lie behind itself",
        ),
        (
            target("s", "") + "[[group]]\nname = \"g\"\n",
            "monitor.toml:6: group.name: no target is in it",
        ),
    ] {
        let error = Config::parse(&text, Path::new("monitor.toml"));
        let error = error.expect_err(&text).to_string();
        assert!(error.starts_with(said), "{error}\n{text}");
    }
}

//! Traces played again.

use std::{env, fs, path::PathBuf, process};

use pnrp_node::cloud::{Hop, Verdict};
use serde_json::{Value, json};

use super::*;

const LITERAL: (Pace, Search) = (Pace::Literal, Search::Literal);
const SWIFT: (Pace, Search) = (Pace::Adaptive, Search::Swift);

#[test]
fn a_trace_of_a_step_by_step_search_comes_out_as_it_was() {
    let recorded = trace(
        &[
            (1, 4, 80.0, "accepted"),
            (2, 9, 60.0, "accepted"),
            (3, 130, 151.5, "accepted"),
            (3, 130, 152.0, "published"),
        ],
        "found",
    );

    let played = play_once(&recorded, LITERAL);

    assert_eq!(played.outcome, ReplayOutcome::Found);
    assert_eq!(played.lookups, 3);
    assert_eq!(played.elapsed, recorded.elapsed());
    let again = through_a_file("again", &shape(&played.trace, played.outcome));
    assert_eq!(again, recorded);
}

/// docs/decisions/0020-swift-search.md: the last LOOKUP is left out.
#[test]
fn the_swift_search_spares_the_last_lookup_of_a_step_by_step_search() {
    let recorded = trace(
        &[
            (1, 4, 80.0, "accepted"),
            (2, 130, 60.0, "accepted"),
            (2, 130, 60.0, "published"),
        ],
        "found",
    );

    let played = play_once(&recorded, SWIFT);

    assert_eq!((played.outcome, played.lookups), (ReplayOutcome::Found, 1));
    assert_eq!(ms(played.elapsed), 140.0);
}

#[test]
fn a_silent_hop_costs_two_seconds_with_literal_timers_and_less_with_adaptive() {
    let recorded = trace(
        &[
            (1, 9, 2_000.0, "unreachable"),
            (2, 4, 80.0, "accepted"),
            (3, 130, 60.0, "published"),
        ],
        "found",
    );

    let literal = play_once(&recorded, (Pace::Literal, Search::Swift));
    assert_eq!(literal.outcome, ReplayOutcome::Found);
    assert_eq!(literal.elapsed, recorded.elapsed());
    assert_eq!(ms(literal.elapsed), 2_140.0);

    let adaptive = play_once(&recorded, SWIFT);
    assert_eq!(adaptive.outcome, ReplayOutcome::Found);
    assert!(ms(adaptive.elapsed) < 500.0, "{:?}", adaptive.elapsed);
}

#[test]
fn a_silent_hop_that_was_named_on_the_way_is_passed_by() {
    let recorded = trace(
        &[
            (1, 4, 80.0, "accepted"),
            (2, 9, 2_000.0, "unreachable"),
            (3, 7, 100.0, "accepted"),
            (4, 130, 60.0, "published"),
        ],
        "found",
    );

    for times in TIMES {
        let played = play_once(&recorded, times);

        assert_eq!(played.outcome, ReplayOutcome::Found, "{times:?}");
        // Whoever has named the silent node is asked again, and names another.
        assert!(played.lookups >= 4, "{played:?}");
    }
}

#[test]
fn a_trace_that_ends_without_a_publisher_ends_so_again() {
    let recorded = trace(
        &[
            (1, 4, 80.0, "accepted"),
            (2, 9, 60.0, "accepted"),
            (3, 11, 90.0, "dead_end"),
            (4, 3, 90.0, "suspicious"),
        ],
        "not_found",
    );

    for times in TIMES {
        let played = play_once(&recorded, times);

        assert_eq!(played.outcome, ReplayOutcome::NotFound, "{times:?}");
        let verdicts: Vec<_> = played.trace.iter().map(|hop| hop.verdict).collect();
        assert!(verdicts.contains(&Verdict::Accepted), "{verdicts:?}");
    }
}

#[test]
fn what_a_hop_denied_is_denied_again() {
    for (word, verdict) in [
        ("not_registered", Verdict::NotRegistered),
        ("busy", Verdict::Busy),
        ("unproven", Verdict::Unproven),
    ] {
        let recorded = trace(
            &[(1, 4, 80.0, "accepted"), (2, 140, 60.0, word)],
            "not_found",
        );

        for times in TIMES {
            let played = play_once(&recorded, times);

            assert_eq!(played.outcome, ReplayOutcome::NotFound, "{word} {times:?}");
            let is_so = |hop: &Hop| hop.verdict == verdict && hop.shared_bits == 140;
            assert!(played.trace.iter().any(is_so), "{word} {times:?}");
        }
    }
}

#[test]
fn one_silent_node_leaves_the_resolver_alone() {
    let recorded = trace(&[(1, 4, 2_000.0, "unreachable")], "alone");

    for times in TIMES {
        assert_eq!(play_once(&recorded, times).outcome, ReplayOutcome::Alone);
    }
}

#[test]
fn time_runs_out_again_where_it_did() {
    let recorded = trace(
        &[(1, 4, 80.0, "accepted"), (2, 9, 60.0, "accepted")],
        "timed_out",
    );

    for times in TIMES {
        let played = play_once(&recorded, times);
        assert_eq!(played.outcome, ReplayOutcome::TimedOut, "{times:?}");
    }
}

#[test]
fn a_publisher_that_was_silent_at_first_is_found_in_the_end() {
    let recorded = trace(
        &[
            (1, 4, 80.0, "accepted"),
            (2, 130, 2_000.0, "unreachable"),
            (1, 4, 80.0, "accepted"),
            (2, 130, 60.0, "published"),
        ],
        "found",
    );

    assert_eq!(play_once(&recorded, SWIFT).outcome, ReplayOutcome::Found);
}

#[test]
fn hops_of_one_link_and_of_one_host_are_played_on_theirs() {
    for address in ["fe80::1%eth0", "::1", "2001:db8::1"] {
        let hop = |port: u16, bits: u32, verdict: &str| {
            let endpoint = format!("[{address}]:{port}");
            json!({"endpoint": endpoint, "bits": bits, "rtt_ms": 5.5, "verdict": verdict})
        };
        let hops = [hop(3_540, 4, "accepted"), hop(3_541, 130, "published")];
        let recorded = through_a_file("link", &json!({"hops": hops, "result": "found"}));

        for times in TIMES {
            let played = play_once(&recorded, times);
            assert_eq!(played.outcome, ReplayOutcome::Found, "{address} {times:?}");
        }
    }
}

#[test]
fn a_report_sets_all_four_times_beside_what_was_recorded() {
    let recorded = trace(
        &[
            (1, 9, 2_000.0, "unreachable"),
            (2, 4, 80.0, "accepted"),
            (3, 130, 60.0, "published"),
        ],
        "found",
    );
    let scenario = Replayed {
        title: "trace.json".to_owned(),
        replay: recorded,
    };

    let run = scenario.run(&Common::default(), &mut Course::new());
    let run = run.unwrap();

    let value = |name: &str| run.figure(name).map(|figure| figure.value);
    assert_eq!(value("elapsed, recorded"), Some(2_140.0));
    assert_eq!(value("LOOKUPs, recorded"), Some(2.0));
    for (pace, search) in TIMES {
        let with = with(pace, search);
        assert_eq!(value(&format!("ended as recorded, {with}")), Some(1.0));
        assert_eq!(run.parameters[&format!("end with {with}")], "found");
    }
}

#[test]
fn what_cannot_be_made_up_is_refused_with_its_hop() {
    let refused = |hops: &[(u16, u32, f64, &str)], result: &str| {
        let replay = trace(hops, result);
        Script::new(&replay).unwrap_err().to_string()
    };

    let error = refused(
        &[(1, 4, 80.0, "accepted"), (2, 9, 60.0, "published")],
        "found",
    );
    assert!(
        error.starts_with("hop 2") && error.contains("9 bits"),
        "{error}"
    );
    let error = refused(
        &[(1, 4, 80.0, "dead_end"), (2, 9, 60.0, "accepted")],
        "not_found",
    );
    assert!(error.contains("none of which has named"), "{error}");
    let error = refused(&[(1, 250, 80.0, "accepted")], "found");
    assert!(error.contains("250 bits"), "{error}");
    let error = refused(&[(1, 4, 80.0, "accepted")], "failed");
    assert!(error.contains("failed within the resolver"), "{error}");
}

#[test]
fn hops_of_two_scopes_and_hops_without_a_node_are_refused() {
    let refused = |endpoint: &str| {
        let hop = |endpoint: &str| json!({"endpoint": endpoint, "bits": 4, "rtt_ms": 5, "verdict": "dead_end"});
        let hops = [hop("[2001:db8::1]:3540"), hop(endpoint)];
        let replay = through_a_file("scope", &json!({"hops": hops, "result": "not_found"}));
        Script::new(&replay).unwrap_err().to_string()
    };

    let error = refused("[fe80::1%2]:3540");
    assert!(
        error.contains("[fe80::1]:3540 is of another scope"),
        "{error}"
    );
    for endpoint in ["[ff02::1]:3540", "[2001:db8::2]:1024"] {
        let error = refused(endpoint);
        assert!(error.contains("no node listens at"), "{error}");
    }
}

fn play_once(replay: &Replay, times: (Pace, Search)) -> Played {
    let script = Script::new(replay).unwrap();
    play(&script, 1, times).unwrap()
}

/// A trace of hops: number of the node, bits, milliseconds, verdict.
fn trace(hops: &[(u16, u32, f64, &str)], result: &str) -> Replay {
    let row = |(number, bits, rtt, verdict): &(u16, u32, f64, &str)| {
        let endpoint = format!("[2001:db8::{number:x}]:3540");
        json!({"endpoint": endpoint, "bits": bits, "rtt_ms": rtt, "verdict": verdict})
    };
    let hops: Vec<Value> = hops.iter().map(row).collect();
    through_a_file("made", &json!({"hops": hops, "result": result}))
}

/// The shape that `pnrp trace --json` promises, of a resolve.
fn shape(trace: &[Hop], outcome: ReplayOutcome) -> Value {
    let row = |hop: &Hop| {
        let verdict = match hop.verdict {
            Verdict::Accepted => "accepted",
            Verdict::DeadEnd => "dead_end",
            Verdict::Unreachable => "unreachable",
            Verdict::Suspicious => "suspicious",
            Verdict::NotRegistered => "not_registered",
            Verdict::Busy => "busy",
            Verdict::Unproven => "unproven",
            Verdict::Published => "published",
        };
        json!({
            "endpoint": hop.endpoint.to_string(),
            "bits": hop.shared_bits,
            "rtt_ms": ms(hop.elapsed),
            "verdict": verdict,
        })
    };
    let hops: Vec<Value> = trace.iter().map(row).collect();
    json!({"hops": hops, "result": word(outcome)})
}

fn through_a_file(name: &str, trace: &Value) -> Replay {
    let path = file(name);
    fs::write(&path, trace.to_string()).unwrap();
    let replay = Replay::read(&path);
    fs::remove_file(path).unwrap();
    replay.unwrap()
}

/// A file of this process and thread.
fn file(name: &str) -> PathBuf {
    let thread = std::thread::current();
    let thread = thread.name().unwrap_or("main").replace("::", "-");
    env::temp_dir().join(format!(
        "pnrp-replayed-{}-{thread}-{name}.json",
        process::id()
    ))
}

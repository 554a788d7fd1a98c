use super::*;

#[test]
fn an_unsecured_name_is_taken_over() {
    let run = measure(Plan::Publish);

    assert!(figure(&run, "misled") > 50.0, "{run:?}");
}

#[test]
fn a_secured_name_is_hidden_but_nobody_is_misled() {
    // How near to the name six nodes get depends on where sixty others are.
    let runs: Vec<Run> = (1..=4)
        .map(|seed| measure_with(seed, Plan::Mislead))
        .collect();

    let denied: Vec<f64> = runs.iter().map(|run| figure(run, "denied")).collect();
    let mean = denied.iter().sum::<f64>() / 4.0;
    assert!(mean > 20.0, "{denied:?}");
    for run in &runs {
        assert_eq!(figure(run, "misled"), 0.0, "{run:?}");
    }
}

#[test]
fn a_proof_of_a_secured_name_by_another_key_convinces_nobody() {
    let run = measure(Plan::Forge);

    assert!(figure(&run, "right") > 50.0, "{run:?}");
    assert_eq!(figure(&run, "misled"), 0.0);
}

#[test]
fn without_hostile_nodes_everybody_finds_the_publisher() {
    let sybil = Sybil {
        hostile: 0,
        resolves: 50,
        ..small(Plan::Mislead)
    };

    let run = sybil.run(&Common::default(), &mut Course::default());

    assert_eq!(figure(&run.unwrap(), "right"), 100.0);
}

#[test]
fn a_plot_has_a_line_for_each_kind_of_name_and_for_caps_on_and_off() {
    let runs: Vec<Run> = Sybil::all(1_000, &[1.0, 10.0], 1)
        .iter()
        .map(|sybil| {
            Run::new("sybil", sybil.title())
                .with_parameter("hostile, %", sybil.share())
                .with_parameter("plan", format!("{:?}", sybil.plan))
                .with_parameter("caps", sybil.caps())
                .with_parameter("cache", sybil.cache)
                .with_figures(vec![
                    Figure::new("misled", "%", 1.0),
                    Figure::new("denied", "%", 2.0),
                ])
        })
        .collect();

    let plot = Sybil::plot(&runs, 100).expect("something to plot");

    let lines: Vec<_> = plot.lines.iter().map(|line| line.name.as_str()).collect();
    let expected = [
        "unsecured, misled, caps on",
        "unsecured, misled, caps off",
        "secured, denied, caps on",
        "secured, denied, caps off",
    ];
    assert_eq!(lines, expected);
    assert_eq!(plot.lines[2].points, [[1.0, 2.0], [10.0, 2.0]]);
    assert_eq!(Sybil::plot(&runs, 7), None);
}

fn measure(plan: Plan) -> Run {
    measure_with(1, plan)
}

fn measure_with(seed: u64, plan: Plan) -> Run {
    let common = Common {
        seed,
        ..Common::default()
    };
    small(plan).run(&common, &mut Course::default()).unwrap()
}

fn small(plan: Plan) -> Sybil {
    Sybil {
        nodes: 60,
        hostile: 6,
        plan,
        ownership: Ownership::Site,
        is_diverse: true,
        cache: 100,
        resolves: 100,
    }
}

fn figure(run: &Run, name: &str) -> f64 {
    run.figure(name).expect("a figure of the scenario").value
}

//! Clients that take too much, send too slowly, or go away.

use std::{
    io::{ErrorKind, Read as _, Write as _},
    os::unix::net::UnixStream,
    process::Command,
    time::Duration,
};

use crate::process::{DEADLINE, Daemon, Place, ask, read_answer};

const SOCKET: &str = "PNRPD_TEST_SOCKET";

#[test]
fn half_a_request_is_given_up() {
    let place = Place::with("[limits]\narrival_s = 1");
    let daemon = place.start();
    let mut head = daemon.connect();
    head.write_all(b"GET /health HTTP/1.1\r\nhost").unwrap();
    let silent = daemon.connect();
    let mut body = daemon.connect();
    body.write_all(
        b"POST /v1/resolve HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 90\r\n\r\n{",
    )
    .unwrap();

    let (status, answer) = read_answer(&mut body).unwrap();

    assert_eq!(status, 400);
    assert!(answer.contains("has not arrived in time"), "{answer}");
    for mut stream in [head, silent] {
        assert!(is_closed(&mut stream));
    }
    assert_eq!(connections(&daemon), 1);
}

#[test]
fn a_gigabyte_is_refused_after_a_few_kilobytes() {
    let place = Place::new();
    let daemon = place.start();
    let heads = [
        "content-length: 1000000000\r\n\r\n",
        "transfer-encoding: chunked\r\n\r\n40000000\r\n",
    ];
    for head in heads {
        let mut stream = daemon.connect();
        stream
            .set_write_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        let start = format!("POST /v1/resolve HTTP/1.1\r\nhost: x\r\n{head}");
        stream.write_all(start.as_bytes()).unwrap();

        let taken = write_until_refused(&mut stream);

        assert!(taken < 4 << 20, "{taken} bytes were taken");
        assert!(is_closed(&mut stream));
    }
    let head = "x: ".to_owned() + &"y".repeat(1 << 20);
    let mut stream = daemon.connect();
    let _ = stream.write_all(format!("GET /health HTTP/1.1\r\n{head}").as_bytes());
    assert!(is_closed(&mut stream));
    assert_eq!(connections(&daemon), 1);
}

#[test]
fn a_client_that_leaves_amid_a_stream_leaves_nothing() {
    let place = Place::new();
    let daemon = place.start();
    let request = "{\"name\":\"0.web\",\"endpoints\":[{\"port\":80}]}";
    for _ in 0..20 {
        let mut stream = daemon.connect();
        let length = request.len();
        write!(
            stream,
            "POST /v1/registrations HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n{request}"
        )
        .unwrap();
        let mut start = [0; 15];
        stream.read_exact(&mut start).unwrap();
        assert_eq!(&start, b"HTTP/1.1 200 OK");
        drop(stream);
        settle(|| daemon.ask("GET", "/v1/registrations", "").1 == "[]\n");
    }

    assert_eq!(connections(&daemon), 1);
}

#[test]
fn too_many_requests_are_refused_and_then_served_again() {
    let place = Place::with("[limits]\nrequests_per_second = 2");
    let daemon = place.start();

    let statuses: Vec<_> = (0..30).map(|_| daemon.ask("GET", "/health", "")).collect();

    let refused: Vec<_> = statuses
        .iter()
        .filter(|(status, _)| *status == 429)
        .collect();
    assert!(refused.len() >= 5, "{} were refused", refused.len());
    assert!(refused[0].1.contains("too_much_load"), "{}", refused[0].1);
    settle(|| daemon.ask("GET", "/health", "").0 == 200);
}

#[test]
fn too_many_bytes_are_refused() {
    let place = Place::with("[limits]\nkib_per_second = 1");
    let daemon = place.start();
    let body = "x".repeat(9_000);

    let (first, _) = daemon.ask("POST", "/v1/resolve", &body);
    let (second, told) = daemon.ask("POST", "/v1/resolve", &body);

    assert_eq!((first, second), (400, 400));
    assert!(told.contains("more bytes than 1024 a second"), "{told}");
}

#[test]
fn a_process_has_so_many_streams_and_others_are_served() {
    let place = Place::with("[limits]\nconnections_per_process = 3");
    let daemon = place.start();
    let held: Vec<_> = (0..3).map(|_| daemon.connect()).collect();
    let (status, refused) = daemon.ask("GET", "/health", "");
    assert_eq!(status, 429);
    assert!(refused.contains("has 3 connections open"), "{refused}");
    // More than there are places for; none of them takes one.
    let _turned_away: Vec<_> = (0..400).map(|_| daemon.connect()).collect();

    let other = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "limits::another_process"])
        .env(SOCKET, &daemon.socket)
        .output()
        .unwrap();
    assert!(other.status.success(), "{other:?}");
    drop(held);
    settle(|| {
        // While many are refused, some are not told.
        let answer = ask(&daemon.socket, "GET", "/health", "");
        answer.is_some_and(|(status, _)| status == 200)
    });
}

/// Also run by the test above, in a process of its own, against the daemon of that test.
#[test]
fn another_process() {
    let (place, socket) = match std::env::var_os(SOCKET) {
        Some(socket) => (None, socket.into()),
        None => {
            let place = Place::new();
            let daemon = place.start();
            let socket = daemon.socket.clone();
            (Some((daemon, place)), socket)
        }
    };

    let (status, body) = ask(&socket, "GET", "/health", "").unwrap();

    assert_eq!(status, 200, "{body}");
    drop(place);
}

/// How many connections the daemon counts, the one that asks included, once nothing else goes.
fn connections(daemon: &Daemon) -> u32 {
    let count = || {
        let page = daemon.ask("GET", "/metrics", "").1;
        let line = page
            .lines()
            .find_map(|line| line.strip_prefix("pnrpd_api_connections "));
        line.unwrap().parse::<f64>().unwrap()
    };
    settle(|| count() <= 1.0);
    1
}

/// Asks until it is so; each question is an exchange with the daemon.
fn settle(mut is_so: impl FnMut() -> bool) {
    let deadline = tokio::time::Instant::now() + DEADLINE;
    while !is_so() {
        assert!(
            tokio::time::Instant::now() < deadline,
            "it did not come true"
        );
        std::thread::yield_now();
    }
}

/// Whether the daemon ends the connection, whatever it says before.
fn is_closed(stream: &mut UnixStream) -> bool {
    match stream.read_to_end(&mut Vec::new()) {
        Ok(_) => true,
        Err(error) => error.kind() == ErrorKind::ConnectionReset,
    }
}

/// How many bytes can be written before the daemon has none of them.
fn write_until_refused(stream: &mut UnixStream) -> usize {
    let block = [b'x'; 65_536];
    let mut taken = 0;
    while taken < 64 << 20 {
        match stream.write(&block) {
            Ok(count) => taken += count,
            Err(_) => break,
        }
    }
    taken
}

//! What one client can take: connections, requests and bytes, by process and by user.
//!
//! Whoever takes more is refused, and the others are served as before.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde::Deserialize;
use tokio::time::Instant;

use crate::socket::Caller;

/// The table `[limits]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Keys")]
pub struct Limits {
    /// Connections of all users; a fifth of them is kept for what is answered at once. From the
    /// start on.
    pub connections: u32,
    /// Connections that a process can have open; a registration, a resolve and a watch take one
    /// for as long as they go on.
    pub connections_per_process: u32,
    /// Connections that the processes of a user can have open.
    pub connections_per_user: u32,
    /// Requests of a user, on average; ten seconds' worth at once.
    pub requests_per_second: u32,
    /// KiB of request bodies of a user, on average; ten seconds' worth at once.
    pub kib_per_second: u32,
    /// Seconds in which a request has to arrive: its head, and then its body.
    pub arrival_s: u32,
    /// Names in a cloud, half of them persistent ones at most. From the start on.
    pub registrations: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 320,
            connections_per_process: 128,
            connections_per_user: 192,
            requests_per_second: 500,
            kib_per_second: 1_024,
            arrival_s: 10,
            registrations: 256,
        }
    }
}

impl fmt::Display for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} connections, {} a process, {} a user; {} requests and {} KiB a second; {} s to \
             arrive; {} names a cloud",
            self.connections,
            self.connections_per_process,
            self.connections_per_user,
            self.requests_per_second,
            self.kib_per_second,
            self.arrival_s,
            self.registrations
        )
    }
}

impl Limits {
    pub(crate) fn arrival(&self) -> Duration {
        Duration::from_secs(self.arrival_s.into())
    }

    pub(crate) fn connections(&self) -> usize {
        usize::try_from(self.connections).unwrap_or(usize::MAX)
    }

    /// Registrations, resolves and watches that can go on at once.
    pub(crate) fn streams(&self) -> usize {
        let all = self.connections();
        (all - all / 5).max(1)
    }

    pub(crate) fn registrations(&self) -> usize {
        usize::try_from(self.registrations).unwrap_or(usize::MAX)
    }
}

/// The table as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    connections: Option<i64>,
    connections_per_process: Option<i64>,
    connections_per_user: Option<i64>,
    requests_per_second: Option<i64>,
    kib_per_second: Option<i64>,
    arrival_s: Option<i64>,
    registrations: Option<i64>,
}

impl TryFrom<Keys> for Limits {
    type Error = String;

    fn try_from(keys: Keys) -> Result<Self, String> {
        let default = Self::default();
        let checked = |key, given: Option<i64>, default| match given {
            None => Ok(default),
            Some(number) => match u32::try_from(number) {
                Ok(usable) if (1..=MAX).contains(&usable) => Ok(usable),
                Ok(_) | Err(_) => Err(format!("{key} is {number}; give at least 1, at most {MAX}")),
            },
        };
        Ok(Self {
            connections: checked("connections", keys.connections, default.connections)?,
            connections_per_process: checked(
                "connections_per_process",
                keys.connections_per_process,
                default.connections_per_process,
            )?,
            connections_per_user: checked(
                "connections_per_user",
                keys.connections_per_user,
                default.connections_per_user,
            )?,
            requests_per_second: checked(
                "requests_per_second",
                keys.requests_per_second,
                default.requests_per_second,
            )?,
            kib_per_second: checked(
                "kib_per_second",
                keys.kib_per_second,
                default.kib_per_second,
            )?,
            arrival_s: checked("arrival_s", keys.arrival_s, default.arrival_s)?,
            registrations: checked("registrations", keys.registrations, default.registrations)?,
        })
    }
}

/// Everybody who is connected, and what they have taken lately.
#[derive(Debug, Default)]
pub(crate) struct Patrons(Mutex<Table>);

#[derive(Debug, Default)]
struct Table {
    limits: Limits,
    users: BTreeMap<u32, User>,
    refused: BTreeMap<&'static str, u64>,
}

#[derive(Debug)]
struct User {
    /// By process.
    connections: BTreeMap<u32, u32>,
    requests: Bucket,
    bytes: Bucket,
}

/// A connection that counts.
#[derive(Debug)]
pub(crate) struct Admitted {
    patrons: Arc<Patrons>,
    caller: Caller,
}

impl Patrons {
    pub(crate) fn limits(&self) -> Limits {
        self.table().limits
    }

    /// Connections that are open stay open.
    pub(crate) fn set(&self, limits: Limits) {
        self.table().limits = limits;
    }

    /// Users and processes that are connected, and their connections.
    pub(crate) fn connected(&self) -> (usize, usize, u32) {
        let table = self.table();
        let users = table.users.values();
        let connected = users.filter(|user| !user.connections.is_empty());
        connected.fold((0, 0, 0), |(users, processes, connections), user| {
            let more = user.connections.values().sum::<u32>();
            (
                users + 1,
                processes + user.connections.len(),
                connections + more,
            )
        })
    }

    /// How often somebody was refused, by what there was too much of.
    pub(crate) fn refused(&self) -> BTreeMap<&'static str, u64> {
        self.table().refused.clone()
    }

    /// Counts a connection, or says what there is too much of.
    pub(crate) fn admit(self: &Arc<Self>, caller: Caller) -> Result<Admitted, String> {
        let now = Instant::now();
        let mut table = self.table();
        let limits = table.limits;
        table
            .users
            .retain(|_, user| !user.connections.is_empty() || !user.is_rested(limits, now));
        let user = table.users.entry(caller.uid);
        let user = user.or_insert_with(|| User::new(limits, now));
        let of_process = user.connections.get(&caller.pid).copied().unwrap_or(0);
        let of_user = user.connections.values().sum::<u32>();
        let refusal = if of_process >= limits.connections_per_process {
            let most = limits.connections_per_process;
            format!("process {} has {most} connections open", caller.pid)
        } else if of_user >= limits.connections_per_user {
            let most = limits.connections_per_user;
            format!("user {} has {most} connections open", caller.uid)
        } else {
            *user.connections.entry(caller.pid).or_default() += 1;
            return Ok(Admitted {
                patrons: Arc::clone(self),
                caller,
            });
        };
        *table.refused.entry("connections").or_default() += 1;
        Err(refusal)
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Admitted {
    /// Counts a request.
    pub(crate) fn request(&self) -> Result<(), String> {
        self.take("requests", 1.0, |user, limits| {
            let rate = f64::from(limits.requests_per_second);
            (&mut user.requests, rate)
        })
    }

    /// Counts bytes of a request's body.
    pub(crate) fn bytes(&self, count: usize) -> Result<(), String> {
        let count = u32::try_from(count).map_or(f64::INFINITY, f64::from);
        self.take("bytes", count, |user, limits| {
            let rate = f64::from(limits.kib_per_second) * 1_024.0;
            (&mut user.bytes, rate)
        })
    }

    fn take(
        &self,
        what: &'static str,
        count: f64,
        bucket: impl FnOnce(&mut User, Limits) -> (&mut Bucket, f64),
    ) -> Result<(), String> {
        let now = Instant::now();
        let mut table = self.patrons.table();
        let limits = table.limits;
        let Some(user) = table.users.get_mut(&self.caller.uid) else {
            return Ok(());
        };
        let (bucket, rate) = bucket(user, limits);
        if bucket.take(count, rate, now) {
            return Ok(());
        }
        *table.refused.entry(what).or_default() += 1;
        let uid = self.caller.uid;
        Err(format!(
            "user {uid} sends more {what} than {rate} a second; try again in a second"
        ))
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let mut table = self.patrons.table();
        let Some(user) = table.users.get_mut(&self.caller.uid) else {
            return;
        };
        if let Some(count) = user.connections.get_mut(&self.caller.pid) {
            *count -= 1;
            if *count == 0 {
                user.connections.remove(&self.caller.pid);
            }
        }
    }
}

impl User {
    fn new(limits: Limits, now: Instant) -> Self {
        Self {
            connections: BTreeMap::new(),
            requests: Bucket::full(f64::from(limits.requests_per_second), now),
            bytes: Bucket::full(f64::from(limits.kib_per_second) * 1_024.0, now),
        }
    }

    /// Whether forgetting it gives it nothing.
    fn is_rested(&mut self, limits: Limits, now: Instant) -> bool {
        let kib = f64::from(limits.kib_per_second);
        self.requests
            .is_full(f64::from(limits.requests_per_second), now)
            && self.bytes.is_full(kib * 1_024.0, now)
    }
}

/// Tokens that come back with time.
#[derive(Debug)]
struct Bucket {
    tokens: f64,
    since: Instant,
}

impl Bucket {
    fn full(rate: f64, since: Instant) -> Self {
        let tokens = rate * BURST_S;
        Self { tokens, since }
    }

    fn refill(&mut self, rate: f64, now: Instant) {
        let earned = now.duration_since(self.since).as_secs_f64() * rate;
        self.tokens = (self.tokens + earned).min(rate * BURST_S);
        self.since = now;
    }

    fn take(&mut self, count: f64, rate: f64, now: Instant) -> bool {
        self.refill(rate, now);
        let is_enough = self.tokens >= count;
        if is_enough {
            self.tokens -= count;
        }
        is_enough
    }

    fn is_full(&mut self, rate: f64, now: Instant) -> bool {
        self.refill(rate, now);
        self.tokens >= rate * BURST_S
    }
}

/// What may come at once: so many seconds' worth.
const BURST_S: f64 = 10.0;
const MAX: u32 = 1_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn patrons(limits: Limits) -> Arc<Patrons> {
        let patrons = Arc::new(Patrons::default());
        patrons.set(limits);
        patrons
    }

    fn caller(uid: u32, pid: u32) -> Caller {
        Caller { pid, uid }
    }

    #[test]
    fn a_process_and_a_user_have_so_many_connections() {
        let patrons = patrons(Limits {
            connections_per_process: 2,
            connections_per_user: 3,
            ..Limits::default()
        });
        let first = patrons.admit(caller(1, 10)).unwrap();
        let _second = patrons.admit(caller(1, 10)).unwrap();

        let third = patrons.admit(caller(1, 10)).unwrap_err();
        assert_eq!(third, "process 10 has 2 connections open");
        let _other = patrons.admit(caller(1, 11)).unwrap();
        let fourth = patrons.admit(caller(1, 12)).unwrap_err();
        assert_eq!(fourth, "user 1 has 3 connections open");
        let _stranger = patrons.admit(caller(2, 13)).unwrap();
        assert_eq!(patrons.connected(), (2, 3, 4));
        assert_eq!(patrons.refused(), BTreeMap::from([("connections", 2)]));

        drop(first);
        patrons.admit(caller(1, 10)).unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_taken_comes_back_with_time() {
        let patrons = patrons(Limits {
            requests_per_second: 2,
            kib_per_second: 1,
            ..Limits::default()
        });
        let client = patrons.admit(caller(1, 10)).unwrap();
        for _ in 0..20 {
            client.request().unwrap();
        }

        assert!(client.request().unwrap_err().contains("requests"));
        assert!(patrons.admit(caller(2, 11)).unwrap().request().is_ok());
        tokio::time::advance(Duration::from_millis(500)).await;
        client.request().unwrap();
        client.request().unwrap_err();

        client.bytes(10_240).unwrap();
        assert!(client.bytes(1).unwrap_err().contains("bytes"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_user_who_left_is_forgotten_once_there_is_nothing_to_gain() {
        let patrons = patrons(Limits {
            requests_per_second: 1,
            ..Limits::default()
        });
        let take_all = |client: &Admitted| (0..10).all(|_| client.request().is_ok());
        assert!(take_all(&patrons.admit(caller(1, 10)).unwrap()));

        let again = patrons.admit(caller(1, 11)).unwrap();
        again.request().unwrap_err();
        drop(again);

        tokio::time::advance(Duration::from_secs(10)).await;
        drop(patrons.admit(caller(2, 12)).unwrap());
        assert!(!patrons.table().users.contains_key(&1));
    }
}

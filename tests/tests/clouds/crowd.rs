//! Many hosts on one link, and questions that they ask each other.

use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, future, stream};
use pnrp_tests::{
    clock::now,
    daemon::Daemon,
    lab::{Lab, Link},
};
use rand::{
    SeedableRng as _, TryRng as _,
    rngs::{StdRng, SysRng},
    seq::IndexedRandom as _,
};

use crate::host::{Host, Miss, addresses, name_of};

/// Hosts with daemons that are told nothing, each of which publishes a name of its own.
pub(crate) struct Crowd {
    pub(crate) hosts: Vec<Host>,
    /// When the last daemon was started.
    pub(crate) complete: Instant,
}

impl Crowd {
    /// Starts a daemon on each host of a lab, some at a time. Each publishes its name as soon as it
    /// answers.
    pub(crate) async fn start(lab: &Lab) -> Self {
        let mut crowd = Self {
            hosts: Vec::new(),
            complete: now(),
        };
        let numbers: Vec<u16> = lab.hosts().collect();
        for batch in numbers.chunks(AT_A_TIME) {
            let daemons = batch.iter().map(|&number| {
                let nothing: [&str; 0] = [];
                (number, Daemon::launch(lab, number, &nothing))
            });
            let daemons: Vec<_> = daemons.collect();
            crowd.complete = now();
            let hosts = daemons.into_iter().map(async |(number, daemon)| {
                let mut host = Host::of(number, daemon).await;
                host.publish_own().await;
                host
            });
            crowd.hosts.extend(future::join_all(hosts).await);
        }
        crowd
    }

    pub(crate) fn numbers(&self) -> Vec<u16> {
        self.hosts.iter().map(|host| host.number).collect()
    }

    pub(crate) fn host(&self, number: u16) -> &Host {
        &self.hosts[usize::from(number) - 1]
    }

    /// Asks each question once, some at a time.
    pub(crate) async fn ask(
        &self,
        questions: &[Question],
        at_once: usize,
        timeout: Duration,
    ) -> Answers {
        let answers = questions
            .iter()
            .map(|question| self.answer(question, timeout));
        let answers = stream::iter(answers).buffer_unordered(at_once);
        Answers(answers.collect().await)
    }

    /// Asks each question until it is answered, or until a time is over.
    pub(crate) async fn ask_until(
        &self,
        questions: &[Question],
        at_once: usize,
        over: Instant,
    ) -> Answers {
        let answers = questions.iter().map(async |question| {
            let mut misses = 0;
            loop {
                let mut answer = self.answer(question, A_TRY).await;
                answer.misses += misses;
                if answer.miss.is_none() || now() >= over {
                    return answer;
                }
                misses += 1;
                tokio::time::sleep(BETWEEN_TRIES).await;
            }
        });
        let answers = stream::iter(answers).buffer_unordered(at_once);
        Answers(answers.collect().await)
    }

    async fn answer(&self, question: &Question, timeout: Duration) -> Answer {
        let started = now();
        let name = name_of(question.owner);
        let found = self
            .host(question.asker)
            .resolve(&name, question.cloud, timeout)
            .await;
        let miss = found.map(|found| {
            let expected = match question.cloud {
                LINK => Lab::link_local(question.owner),
                _ => Link::A.global(question.owner),
            };
            assert_eq!(addresses(&found), [expected], "{name}");
        });
        let miss = miss.err();
        Answer {
            question: *question,
            miss,
            misses: usize::from(miss.is_some()),
            elapsed: started.elapsed(),
            at: now(),
        }
    }
}

/// Who looks for whose name where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question {
    asker: u16,
    owner: u16,
    cloud: &'static str,
}

/// The link-local cloud.
pub(crate) const LINK: &str = "eth0";
/// The global cloud.
pub(crate) const GLOBAL: &str = "global";

/// Lets each asker look for the names of some owners, chosen at random, but never for its own.
pub(crate) fn choose(
    random: &mut StdRng,
    askers: &[u16],
    owners: &[u16],
    each: usize,
    cloud: &'static str,
) -> Vec<Question> {
    let questions = askers.iter().flat_map(|&asker| {
        let others: Vec<u16> = owners
            .iter()
            .copied()
            .filter(|&owner| owner != asker)
            .collect();
        let chosen: Vec<u16> = others.sample(random, each).copied().collect();
        chosen.into_iter().map(move |owner| Question {
            asker,
            owner,
            cloud,
        })
    });
    questions.collect()
}

/// A generator of which the seed is `PNRP_TEST_SEED`, or new and printed.
pub(crate) fn random() -> StdRng {
    let seed = std::env::var("PNRP_TEST_SEED").ok();
    let seed = seed.map_or_else(
        || SysRng.try_next_u64().unwrap(),
        |seed| seed.parse().expect("PNRP_TEST_SEED is a number"),
    );
    println!("PNRP_TEST_SEED={seed}");
    StdRng::seed_from_u64(seed)
}

/// What became of a question.
#[derive(Debug)]
struct Answer {
    question: Question,
    /// Of the last try.
    miss: Option<Miss>,
    misses: usize,
    /// What the last try took.
    elapsed: Duration,
    /// When it was over.
    at: Instant,
}

/// What became of some questions.
pub(crate) struct Answers(Vec<Answer>);

impl Answers {
    pub(crate) fn right(&self) -> usize {
        self.0.iter().filter(|answer| answer.miss.is_none()).count()
    }

    /// When the last was answered.
    pub(crate) fn last(&self) -> Instant {
        self.0.iter().map(|answer| answer.at).max().unwrap()
    }

    /// The figures that are printed.
    pub(crate) fn summary(&self) -> String {
        let mut times: Vec<_> = self.0.iter().map(|answer| answer.elapsed).collect();
        times.sort();
        format!(
            "{} of {} names found, {} misses; median {:?}, longest {:?}",
            self.right(),
            self.0.len(),
            self.0.iter().map(|answer| answer.misses).sum::<usize>(),
            times[times.len() / 2],
            times[times.len() - 1]
        )
    }

    /// Who did not find whom.
    pub(crate) fn wrong(&self) -> Vec<String> {
        let wrong = self.0.iter().filter_map(|answer| {
            let Question {
                asker,
                owner,
                cloud,
            } = answer.question;
            let miss = answer.miss?;
            let elapsed = answer.elapsed;
            Some(format!(
                "{owner} in {cloud} at {asker}: {miss:?} after {elapsed:?}"
            ))
        });
        wrong.collect()
    }
}

/// Daemons that make their keys at the same time.
const AT_A_TIME: usize = 10;
/// A name that is there is found sooner.
const A_TRY: Duration = Duration::from_secs(5);
const BETWEEN_TRIES: Duration = Duration::from_millis(100);

//! Persistent registrations: made, updated and withdrawn until the daemon dies.

use std::{collections::BTreeMap, path::Path};

use rand::RngExt as _;
use serde_json::{Value, json};

use super::{Change, Client, Promises};
use crate::process::{Daemon, ask};

impl Promises {
    /// The persistent registrations that are there, by ID with their comments.
    pub(super) fn check_registrations(
        &self,
        daemon: &Daemon,
        when: &str,
    ) -> BTreeMap<String, String> {
        let (status, text) = daemon.ask("GET", "/v1/registrations", "");
        assert_eq!(status, 200, "{when}: {text}");
        let list: Value = serde_json::from_str(&text).unwrap();
        let mut found = BTreeMap::new();
        for name in list.as_array().unwrap() {
            let text = |key: &str| name[key].as_str().unwrap().to_owned();
            assert_eq!(name["persistent"], json!(true), "{when}: {name}");
            found.insert(text("id"), text("comment"));
        }
        for (id, comment) in &self.registrations {
            if !self.unsure_registrations.contains(id) {
                assert_eq!(found.get(id), Some(comment), "{when}: registration {id}");
            }
        }
        for id in &self.withdrawn {
            assert!(!found.contains_key(id), "{when}: registration {id} is back");
        }
        found
    }
}

/// Makes, updates and withdraws persistent registrations.
pub(super) fn change_registrations(client: Client) {
    let Client {
        socket,
        promised,
        mut random,
        ..
    } = client;
    loop {
        let known: Vec<String> = {
            let promised = promised.lock().unwrap();
            promised.registrations.keys().cloned().collect()
        };
        let comment = format!("comment {}", random.random::<u32>());
        let chosen = random.random_range(0..known.len().max(1));
        let chosen = known.get(chosen).cloned();
        let change = match random.random_range(0..4) {
            0 if known.len() < 12 => Change::Make,
            1 if known.len() > 4 => Change::Delete,
            _ => Change::Rename,
        };
        let (id, answer) = match (chosen, change) {
            (Some(id), Change::Rename) => {
                let Some(name) = name_of(&socket, &id) else {
                    return;
                };
                let path = format!("/v1/registrations/{id}");
                promised
                    .lock()
                    .unwrap()
                    .unsure_registrations
                    .insert(id.clone());
                let answer = ask(&socket, "PUT", &path, &body(&name, &comment));
                (Some((id, Some(comment.clone()))), answer)
            }
            (Some(id), Change::Delete) => {
                let path = format!("/v1/registrations/{id}");
                promised
                    .lock()
                    .unwrap()
                    .unsure_registrations
                    .insert(id.clone());
                (Some((id, None)), ask(&socket, "DELETE", &path, ""))
            }
            (None, Change::Make | Change::Rename | Change::Delete) | (Some(_), Change::Make) => {
                let name = format!("0.kept{}", random.random::<u32>());
                (
                    None,
                    ask(&socket, "POST", "/v1/registrations", &body(&name, &comment)),
                )
            }
        };
        let Some((status, text)) = answer else {
            return;
        };
        assert_eq!(status, 200, "{text}");
        let mut promised = promised.lock().unwrap();
        promised.acknowledged += 1;
        promised.changed_registrations += 1;
        match id {
            None => {
                let made: Value = serde_json::from_str(&text).unwrap();
                let id = made["id"].as_str().unwrap().to_owned();
                promised.registrations.insert(id, comment);
            }
            Some((id, Some(comment))) => {
                promised.unsure_registrations.remove(&id);
                promised.registrations.insert(id, comment);
            }
            Some((id, None)) => {
                promised.unsure_registrations.remove(&id);
                promised.registrations.remove(&id);
                promised.withdrawn.insert(id);
            }
        }
    }
}

/// What a registration is called; nothing when the daemon has gone.
fn name_of(socket: &Path, id: &str) -> Option<String> {
    let (_, text) = ask(socket, "GET", "/v1/registrations", "")?;
    let list: Value = serde_json::from_str(&text).unwrap();
    let mut names = list.as_array().unwrap().iter();
    let name = names.find(|name| name["id"] == id).unwrap();
    Some(name["name"].as_str().unwrap().to_owned())
}

fn body(name: &str, comment: &str) -> String {
    let endpoints = json!([{ "port": 80 }]);
    let body = json!({
        "name": name, "endpoints": endpoints, "comment": comment, "persist": true
    });
    body.to_string()
}

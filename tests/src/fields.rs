//! Named values of one frame: as the dissector shows them, and as this implementation reads them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Display,
    net::Ipv6Addr,
};

use serde_json::Value;

use crate::dissector::{Remedy, remedy};

/// Values by field name, in the order in which they stand in the frame.
///
/// Numbers are decimal, bytes are hexadecimal pairs with colons, as tshark has them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(BTreeMap<String, Vec<String>>);

impl Fields {
    /// Adds a number or a text.
    pub fn add(&mut self, name: &str, value: impl Display) -> &mut Self {
        let values = self.0.entry(name.to_owned()).or_default();
        values.push(value.to_string());
        self
    }

    /// Adds bytes.
    pub fn bytes(&mut self, name: &str, bytes: &[u8]) -> &mut Self {
        self.add(name, hex(bytes))
    }

    /// Adds one value for each of some items.
    pub fn each<T: Display>(
        &mut self,
        name: &str,
        items: impl IntoIterator<Item = T>,
    ) -> &mut Self {
        for item in items {
            self.add(name, item);
        }
        self
    }

    /// How many values there are.
    pub fn count(&self) -> usize {
        self.0.values().map(Vec::len).sum()
    }

    /// The names of the fields.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The same, with the values that the dissector gets wrong as it shows them.
    #[must_use]
    pub fn as_shown(&self) -> Self {
        let shown = |(name, values): (&String, &Vec<String>)| {
            let remedy = remedy(name);
            let values = values.iter().map(|value| match remedy {
                Some(remedy) => remedy.shown(value),
                None => value.clone(),
            });
            (name.clone(), values.collect())
        };
        Self(self.0.iter().map(shown).collect())
    }

    /// Reads what `tshark -T json -x` says of one PNRP message, or of one element of it.
    pub fn from_json(layer: &Value) -> Self {
        let mut fields = Self::default();
        fields.collect(layer);
        fields
    }

    /// One line for every name whose values differ.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let names: BTreeSet<_> = self.0.keys().chain(other.0.keys()).collect();
        let values = |fields: &Self, name: &str| fields.0.get(name).cloned().unwrap_or_default();
        names
            .into_iter()
            .map(|name| (name, values(self, name), values(other, name)))
            .filter(|(_, one, two)| one != two)
            .map(|(name, one, two)| format!("{name}: {one:?} is shown as {two:?}"))
            .collect()
    }

    fn collect(&mut self, value: &Value) {
        let Value::Object(members) = value else {
            return;
        };
        let inner = |value: &&Value| value.is_object() || is_list_of_objects(value);
        for (name, value) in members.iter().filter(|(_, value)| !inner(value)) {
            let raw = members.get(&format!("{name}_raw"));
            self.collect_leaf(name, value, raw);
        }
        // The header comes first; headings of elements begin with other letters.
        let (own, headings): (Vec<_>, Vec<_>) = members
            .iter()
            .filter(|(_, value)| inner(value))
            .partition(|(name, _)| name.starts_with("pnrp."));
        for (_, value) in own.into_iter().chain(headings) {
            if let Some(values) = value.as_array() {
                values.iter().for_each(|value| self.collect(value));
            } else {
                self.collect(value);
            }
        }
    }

    fn collect_leaf(&mut self, name: &str, value: &Value, raw: Option<&Value>) {
        if !name.starts_with("pnrp.") || name.ends_with("_raw") {
            return;
        }
        if matches!(remedy(name), Some(Remedy::CompareBytes)) {
            // [hexadecimal digits, position, length, mask, type]
            let digits = raw.and_then(|raw| raw[0].as_str()).unwrap_or_default();
            self.add(name, with_colons(digits));
            return;
        }
        let one = std::slice::from_ref(value);
        let values = value.as_array().map_or(one, Vec::as_slice);
        for value in values.iter().filter_map(Value::as_str) {
            self.add(name, canonical(name, value));
        }
    }
}

/// Bytes as tshark prints them.
pub fn hex(bytes: &[u8]) -> String {
    let pairs: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    pairs.join(":")
}

fn with_colons(digits: &str) -> String {
    let pairs: Vec<_> = digits
        .as_bytes()
        .chunks(2)
        .map(|pair| String::from_utf8_lossy(pair).into_owned())
        .collect();
    pairs.join(":")
}

fn is_list_of_objects(value: &Value) -> bool {
    matches!(value, Value::Array(values) if values.first().is_some_and(Value::is_object))
}

/// One spelling for what versions of tshark print differently.
fn canonical(name: &str, value: &str) -> String {
    if name.ends_with(".string") || name.ends_with(".objID") {
        return value.to_owned();
    }
    let digits = value.strip_prefix("0x");
    if let Some(number) = digits.and_then(|digits| u64::from_str_radix(digits, 16).ok()) {
        return number.to_string();
    }
    match value {
        "True" => "1".to_owned(),
        "False" => "0".to_owned(),
        value if name.ends_with(".ipv6Address") => {
            let address = value.parse::<Ipv6Addr>();
            address.map_or_else(|_| value.to_owned(), |address| address.to_string())
        }
        value => value.to_owned(),
    }
}

//! A tree of names and values, for people and for JSON.

use serde::{Serialize, Serializer, ser::SerializeMap as _};

/// One value of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Left out of the message.
    None,
    /// A flag.
    Flag(bool),
    /// A number.
    Number(u64),
    /// Text, or bytes in hexadecimal.
    Text(String),
    /// Several values.
    List(Vec<Self>),
    /// A structure.
    Fields(Fields),
}

/// Names and values, in the order of the message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(Vec<(&'static str, Value)>);

impl Fields {
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.0.push((name, value.into()));
        self
    }

    /// The names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        self.0.iter().map(|(name, value)| (*name, value))
    }

    /// Every value with its path: names joined with dots, a line for each entry of a list.
    pub fn lines(&self) -> Vec<(String, String)> {
        let mut lines = Vec::new();
        for (name, value) in self.iter() {
            value.lines(name, &mut lines);
        }
        lines
    }
}

impl Value {
    fn lines(&self, path: &str, lines: &mut Vec<(String, String)>) {
        let text = match self {
            Self::None => "-".to_owned(),
            Self::Flag(true) => "yes".to_owned(),
            Self::Flag(false) => "no".to_owned(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.clone(),
            Self::List(values) if values.is_empty() => "-".to_owned(),
            Self::List(values) => {
                return values.iter().for_each(|value| value.lines(path, lines));
            }
            Self::Fields(fields) => {
                return fields
                    .iter()
                    .for_each(|(name, value)| value.lines(&format!("{path}.{name}"), lines));
            }
        };
        lines.push((path.to_owned(), text));
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::None => serializer.serialize_none(),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::Number(number) => serializer.serialize_u64(*number),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(values) => serializer.collect_seq(values),
            Self::Fields(fields) => fields.serialize(serializer),
        }
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in self.iter() {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<u16> for Value {
    fn from(number: u16) -> Self {
        Self::Number(number.into())
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Self::Number(u64::try_from(number).unwrap_or(u64::MAX))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Fields> for Value {
    fn from(fields: Fields) -> Self {
        Self::Fields(fields)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::None, Into::into)
    }
}

impl<T: Into<Self>> From<Vec<T>> for Value {
    fn from(values: Vec<T>) -> Self {
        Self::List(values.into_iter().map(Into::into).collect())
    }
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields() -> Fields {
        let inner = Fields::default().with("port", 7_u16).with("flag", true);
        Fields::default()
            .with("z", "text")
            .with("ids", vec!["a", "b"])
            .with("empty", Vec::<String>::new())
            .with("route", inner)
            .with("a", None::<bool>)
    }

    #[test]
    fn json_keeps_the_order_of_the_message() {
        assert_eq!(
            serde_json::to_string(&fields()).unwrap(),
            r#"{"z":"text","ids":["a","b"],"empty":[],"route":{"port":7,"flag":true},"a":null}"#
        );
    }

    #[test]
    fn lines_have_paths_and_repeat_for_lists() {
        let lines: Vec<_> = fields()
            .lines()
            .into_iter()
            .map(|(path, text)| format!("{path} {text}"))
            .collect();

        assert_eq!(
            lines,
            [
                "z text",
                "ids a",
                "ids b",
                "empty -",
                "route.port 7",
                "route.flag yes",
                "a -"
            ]
        );
    }
}

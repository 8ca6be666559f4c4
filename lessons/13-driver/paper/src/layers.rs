//! The layers of a document (optional content), as they are on paper.
//!
//! A layer is on or off, and may say that it is otherwise on paper. What
//! belongs to several layers may say by an expression when it is shown
//! (ISO 32000-2, 8.11). The renderer knows only on and off, so it is given the
//! outcome as that.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;

use hayro_syntax::object::dict::keys;
use hayro_syntax::object::{
    Array, Dict, Name, ObjRef, Object, ObjectIdentifier,
};

use crate::objects::Objects;
use crate::update::Update;

/// How deep expressions may be nested; what is deeper counts as shown.
const DEEPEST: u32 = 32;

/// Which layers are off on paper.
#[derive(Default)]
pub(crate) struct Layers {
    off: HashSet<ObjectIdentifier>,
}

impl Layers {
    /// Reads the layers of a document, and updates them if the renderer would
    /// show others.
    pub fn prepare(objects: &Objects<'_>, update: &mut Update) -> Layers {
        let xref = objects.pdf().xref();
        if !xref.has_optional_content_groups() {
            return Layers::default();
        }
        let catalog: Dict<'_> = xref.get(xref.root_id()).unwrap_or_default();
        let properties: Dict<'_> =
            catalog.get(keys::OCPROPERTIES).unwrap_or_default();
        let config: Dict<'_> = properties.get(keys::D).unwrap_or_default();
        let all = objects.references(properties.get(keys::OCGS));
        let on_screen = on_screen(objects, &config, &all);
        let mut layers = Layers { off: on_screen.clone() };
        layers.apply_usage(objects, &config, &all);
        let mut changed = layers.off != on_screen;
        for (id, expression) in expressions(objects) {
            // Its outcome becomes a layer of its own.
            if !layers.is_true(objects, &expression, 0) {
                layers.off.insert(id);
            }
            update.replace(id, "<< /Type /OCG >>");
            changed = true;
        }
        if changed {
            let mut off = String::new();
            for id in &layers.off {
                let _ = write!(off, "{} ", ObjRef::from(*id));
            }
            let new = format!("<< /D << /OFF [ {off}] >> >>");
            let pages = catalog.get_ref(keys::PAGES);
            match (catalog.get_ref(keys::OCPROPERTIES), pages) {
                (Some(id), _) => update.replace(id.into(), new),
                // All that a renderer wants of a catalog.
                (None, Some(pages)) => update.replace(
                    xref.root_id(),
                    format!(
                        "<< /Type /Catalog /Pages {pages} /OCProperties {new} >>"
                    ),
                ),
                (None, None) => {}
            }
        }
        layers
    }

    /// Whether this, an annotation for example, is on paper as far as its
    /// layers say.
    pub fn show(&self, objects: &Objects<'_>, dict: &Dict<'_>) -> bool {
        let Some(member) = dict.get::<Dict<'_>>(keys::OC) else { return true };
        let id = dict.get_ref(keys::OC).map(ObjectIdentifier::from);
        if id.is_some_and(|id| self.off.contains(&id)) {
            return false;
        }
        match member.get::<Array<'_>>(b"VE") {
            Some(expression) => self.is_true(objects, &expression, 0),
            None => self.policy(objects, &member),
        }
    }

    /// The policy of a membership dictionary without an expression.
    fn policy(&self, objects: &Objects<'_>, member: &Dict<'_>) -> bool {
        let mut layers = objects.references(member.get(keys::OCGS));
        layers.extend(member.get_ref(keys::OCGS).filter(|_| layers.is_empty()));
        if layers.is_empty() {
            return true;
        }
        let mut on = layers.iter().map(|id| !self.is_off(*id));
        let policy = member.get::<Name<'_>>(keys::P);
        match policy.as_deref() {
            Some(b"AllOn") => on.all(|on| on),
            Some(b"AnyOff") => on.any(|on| !on),
            Some(b"AllOff") => on.all(|on| !on),
            _ => on.any(|on| on),
        }
    }

    /// What the layers say of themselves on paper: where the configuration
    /// asks them to (`/AS`), and, as in pdf.js, whenever one says that it is
    /// not printed.
    fn apply_usage(
        &mut self,
        objects: &Objects<'_>,
        config: &Dict<'_>,
        all: &[ObjRef],
    ) {
        let mut asked: HashMap<ObjRef, bool> = HashMap::new();
        let applications: Array<'_> = config.get(b"AS").unwrap_or_default();
        for (_, application) in objects.items(&applications) {
            let Some(Object::Dict(application)) = application else { continue };
            let event = application.get::<Name<'_>>(b"Event");
            if event.as_deref() != Some(b"Print") {
                continue;
            }
            let categories: Array<'_> =
                application.get(b"Category").unwrap_or_default();
            for id in objects.references(application.get(keys::OCGS)) {
                for (_, category) in objects.items(&categories) {
                    let Some(Object::Name(category)) = category else {
                        continue;
                    };
                    if let Some(on) = usage(objects, id, &category) {
                        // One that says off is enough.
                        *asked.entry(id).or_insert(true) &= on;
                    }
                }
            }
        }
        let print = Name::new_unescaped(b"Print");
        for id in all {
            if usage(objects, *id, &print) == Some(false) {
                asked.entry(*id).or_insert(false);
            }
        }
        for (id, on) in asked {
            if on {
                self.off.remove(&id.into());
            } else {
                self.off.insert(id.into());
            }
        }
    }

    /// Evaluates an expression: `[/And …]`, `[/Or …]` or `[/Not …]` of layers
    /// and expressions.
    fn is_true(
        &self,
        objects: &Objects<'_>,
        expression: &Array<'_>,
        depth: u32,
    ) -> bool {
        if depth > DEEPEST {
            return true;
        }
        let mut items = objects.items(expression);
        let Some((_, Some(Object::Name(operator)))) = items.next() else {
            return true;
        };
        let mut values = items.map(|item| match item {
            (_, Some(Object::Array(inner))) => {
                self.is_true(objects, &inner, depth + 1)
            }
            (Some(id), _) => !self.is_off(id),
            _ => true,
        });
        match &*operator {
            b"And" => values.all(|value| value),
            b"Or" => values.any(|value| value),
            b"Not" => values.next().is_none_or(|value| !value),
            _ => true,
        }
    }

    fn is_off(&self, id: ObjRef) -> bool {
        self.off.contains(&id.into())
    }
}

/// The layers that are off in a configuration, for whatever purpose.
fn on_screen(
    objects: &Objects<'_>,
    config: &Dict<'_>,
    all: &[ObjRef],
) -> HashSet<ObjectIdentifier> {
    let mut off = HashSet::new();
    let base = config.get::<Name<'_>>(keys::BASE_STATE);
    if base.as_deref() == Some(b"OFF") {
        off.extend(all.iter().map(|id| ObjectIdentifier::from(*id)));
    }
    for id in objects.references(config.get(keys::ON)) {
        off.remove(&id.into());
    }
    for id in objects.references(config.get(keys::OFF)) {
        off.insert(id.into());
    }
    off
}

/// Whether a layer recommends to be on in one of its uses; `None` when it does
/// not say.
fn usage(objects: &Objects<'_>, id: ObjRef, use_: &Name<'_>) -> Option<bool> {
    let key: &[u8] = match &**use_ {
        b"Print" => b"PrintState",
        b"View" => b"ViewState",
        b"Export" => b"ExportState",
        _ => return None,
    };
    let layer: Dict<'_> = objects.pdf().xref().get(id.into())?;
    let state: Dict<'_> = layer.get::<Dict<'_>>(b"Usage")?.get(use_)?;
    match &*state.get::<Name<'_>>(key)? {
        b"ON" => Some(true),
        b"OFF" => Some(false),
        _ => None,
    }
}

/// Every membership dictionary with an expression. They are named in the
/// resources of pages, forms, patterns and fonts: it is simpler to look at all
/// objects.
fn expressions<'a>(
    objects: &Objects<'a>,
) -> Vec<(ObjectIdentifier, Array<'a>)> {
    let mut found = Vec::new();
    for object in objects.pdf().objects() {
        if let Object::Dict(dict) = object
            && let Some(id) = dict.obj_id()
            && dict.get::<Name<'_>>(keys::TYPE).as_deref() == Some(keys::OCMD)
            && let Some(expression) = dict.get(b"VE")
        {
            found.push((id, expression));
        }
    }
    found
}

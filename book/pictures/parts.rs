//! The picture of the parts: the lessons as a house, from cargo's metadata.

use std::collections::BTreeMap;
use std::path::Path;

use cargo_metadata::camino::Utf8Path;
use cargo_metadata::{Metadata, MetadataCommand, Package};

use crate::drawing::{Drawing, PART, ROOF, WALL};

/// The lessons that plug the parts together.
const CAPSTONES: [&str; 2] = ["19", "30"];

/// The lessons before this one leave no part: they are the way to the house.
const FIRST_ROOM: &str = "08";

const PITCH: i32 = 210;
const ROOM: (i32, i32) = (180, 84);
const STOREY: i32 = 160;
const MARGIN: i32 = 24;
const EAVES: i32 = 150;
const STEP: (i32, i32) = (105, 48);

/// A lesson as a room of the house.
struct Room {
    topic: String,
    leaves: String,
    uses: Vec<String>,
    storey: usize,
}

/// The lessons as a house, in which each stands on those whose parts it uses.
pub fn picture(manifest: &Path) -> Result<String, cargo_metadata::Error> {
    let metadata =
        MetadataCommand::new().manifest_path(manifest).no_deps().exec()?;
    Ok(draw(&rooms(&metadata)))
}

fn rooms(metadata: &Metadata) -> BTreeMap<String, Room> {
    let mut lessons: Vec<(String, String, &Package)> = metadata
        .packages
        .iter()
        .filter_map(|package| {
            let folder = package.manifest_path.parent()?;
            let lessons = folder.parent()?.file_name()? == "lessons";
            let (number, topic) = folder.file_name()?.split_once('-')?;
            lessons.then(|| (number.to_owned(), topic.to_owned(), package))
        })
        .collect();
    lessons.sort_by(|a, b| a.0.cmp(&b.0));

    let mut rooms: BTreeMap<String, Room> = BTreeMap::new();
    for (number, topic, package) in lessons {
        let mut uses: Vec<String> = package
            .dependencies
            .iter()
            .filter_map(|used| lesson_of(used.path.as_ref()?))
            .filter(|used| *used != number)
            .collect();
        uses.sort();
        uses.dedup();
        // Lessons use only lower numbers, so those rooms are there already.
        let below = uses.iter().filter_map(|used| rooms.get(used));
        let storey = below.map(|room| room.storey + 1).max().unwrap_or(0);
        let capstone = CAPSTONES.contains(&number.as_str());
        let leaves = leaves(package, capstone);
        rooms.insert(number, Room { topic, leaves, uses, storey });
    }
    rooms
}

/// The number of the lesson in whose folder a part is.
fn lesson_of(part: &Utf8Path) -> Option<String> {
    let mut folders = part.iter();
    folders.find(|folder| *folder == "lessons")?;
    Some(folders.next()?.split_once('-')?.0.to_owned())
}

/// What a lesson leaves: its library for later lessons, or else its programs.
fn leaves(package: &Package, capstone: bool) -> String {
    let own = |name: &str| {
        !name.starts_with("lesson") && !name.starts_with("exercise")
    };
    let library = package.targets.iter().find(|target| target.is_lib());
    let programs = package.targets.iter().filter(|target| target.is_bin());
    let programs: Vec<&str> = programs
        .map(|target| target.name.as_str())
        .filter(|name| own(name))
        .collect();
    match library {
        Some(library) if !capstone => library.name.clone(),
        _ => programs.join(" and "),
    }
}

fn draw(rooms: &BTreeMap<String, Room>) -> String {
    let storey = |wanted: usize| {
        rooms.iter().filter(move |(number, room)| {
            let number = number.as_str();
            let inside = number >= FIRST_ROOM && !CAPSTONES.contains(&number);
            inside && room.storey == wanted
        })
    };
    let storeys = (0..).take_while(|s| storey(*s).next().is_some()).count();
    let widest = (0..storeys).map(|s| storey(s).count()).max().unwrap_or(1);
    let columns = i32::try_from(widest).expect("fewer lessons than that");
    let width = columns * PITCH + 2 * MARGIN;
    let floors = i32::try_from(storeys).expect("fewer lessons than that");
    let ground = EAVES + floors * STOREY;
    let steps: Vec<_> = rooms
        .iter()
        .filter(|(number, _)| number.as_str() < FIRST_ROOM)
        .collect();
    let path = if steps.is_empty() { 0 } else { STEP.1 + 12 };

    // Where the middle of each room's top is. The rooms above stand between
    // those below, so that an arrow from the roof finds its way down, and
    // near those that they use.
    let mut places: BTreeMap<&str, (i32, i32)> = BTreeMap::new();
    for level in 0..storeys {
        let above = i32::try_from(level).expect("fewer lessons than that");
        let shift = if above % 2 == 1 { PITCH } else { PITCH / 2 };
        let mut free: Vec<i32> =
            (0..columns).map(|at| MARGIN + shift + at * PITCH).collect();
        let y = ground - ROOM.1 - 16 - above * STOREY;
        for (number, room) in storey(level) {
            let used = room.uses.iter().filter_map(|used| places.get(&**used));
            let used: Vec<i32> = used.map(|(x, _)| *x).collect();
            let count = i32::try_from(used.len()).expect("a few");
            let wish = used.iter().sum::<i32>().checked_div(count);
            let nearest = (0..free.len())
                .min_by_key(|at| (free[*at] - wish.unwrap_or(0)).abs())
                .expect("a column for each room");
            places.insert(number, (free.remove(nearest), y));
        }
    }

    let height = ground + path + MARGIN;
    let mut drawing = Drawing::new(width, height, "Who uses whose part");
    let (left, right) = (MARGIN, width - MARGIN);
    let walls = format!("M{left} {EAVES} V{ground} H{right} V{EAVES}");
    drawing.line(&walls, "none");
    let capstones: Vec<_> = rooms
        .iter()
        .filter(|(number, _)| CAPSTONES.contains(&number.as_str()))
        .collect();
    roof(&mut drawing, width, &capstones);

    for (number, room) in rooms {
        for used in &room.uses {
            let Some((x, y)) = places.get(used.as_str()) else { continue };
            match places.get(number.as_str()) {
                Some((from, above)) => {
                    let above = above + ROOM.1;
                    // Each arrow leaves the room on the side it goes to.
                    let from = from + (x - from) / 5;
                    let x = x - (x - from) / 8;
                    drawing.arrow(&format!("M{from} {above} L{x} {}", y - 2));
                }
                None => drawing.arrow(&format!("M{x} {EAVES} V{}", y - 2)),
            }
        }
    }
    for (number, (x, y)) in &places {
        let room = &rooms[*number];
        let fill = if room.leaves.is_empty() { WALL } else { PART };
        drawing.room((x - ROOM.0 / 2, *y), ROOM, fill);
        drawing.remark(*x, y + 22, 13, number);
        drawing.word(*x, y + 44, 15, &room.topic.replace('-', " "));
        let leaves = match room.leaves.as_str() {
            "" => "leaves no part".to_owned(),
            part => format!("leaves {part}"),
        };
        drawing.remark(*x, y + 67, 14, &leaves);
    }
    let mut x = MARGIN;
    for (number, room) in steps {
        drawing.room((x, ground + 12), (STEP.0 - 8, STEP.1), WALL);
        let middle = x + (STEP.0 - 8) / 2;
        drawing.remark(middle, ground + 31, 13, number);
        drawing.word(middle, ground + 50, 11, &room.topic.replace('-', " "));
        x += STEP.0;
    }
    drawing.finish()
}

/// The capstones, over everything.
fn roof(drawing: &mut Drawing, width: i32, capstones: &[(&String, &Room)]) {
    let (left, right) = (8, width - 8);
    let (from, to) = (width / 4, width * 3 / 4);
    drawing.line(
        &format!("M{left} {EAVES} L{from} {MARGIN} H{to} L{right} {EAVES} z"),
        ROOF,
    );
    let count = i32::try_from(capstones.len()).expect("two at most").max(1);
    let mut x = from + (to - from) / (2 * count);
    for (number, room) in capstones {
        drawing.remark(x, 58, 13, number);
        drawing.word(x, 86, 20, &room.topic.replace('-', " "));
        drawing.remark(x, 112, 14, &format!("leaves {}", room.leaves));
        x += (to - from) / count;
    }
}

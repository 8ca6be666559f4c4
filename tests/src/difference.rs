//! The difference of two texts, line by line.

/// Shows how two texts differ, line by line: `-` before what only `old` has,
/// `+` before what only `new` has. Empty where they are the same.
pub fn difference(old: &str, new: &str) -> String {
    let (old, new): (Vec<_>, Vec<_>) =
        (old.lines().collect(), new.lines().collect());
    // longest[i][j]: how many lines old[i..] and new[j..] have in common.
    let mut longest = vec![vec![0_usize; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            longest[i][j] = if old[i] == new[j] {
                longest[i + 1][j + 1] + 1
            } else {
                longest[i + 1][j].max(longest[i][j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let (mut shown, mut differs) = (String::new(), false);
    while i < old.len() || j < new.len() {
        let (sign, line) = if i < old.len() && j < new.len() && old[i] == new[j]
        {
            (i, j) = (i + 1, j + 1);
            (' ', old[i - 1])
        } else if j == new.len()
            || i < old.len() && longest[i + 1][j] >= longest[i][j + 1]
        {
            i += 1;
            ('-', old[i - 1])
        } else {
            j += 1;
            ('+', new[j - 1])
        };
        differs |= sign != ' ';
        shown.push_str(&format!("{sign} {line}\n"));
    }
    if differs { shown } else { String::new() }
}

#[test]
fn only_what_differs_is_marked() {
    assert_eq!(difference("a\nb\n", "a\nb\n"), "");
    assert_eq!(
        difference("a\nb\nc\n", "a\nx\nc\nd\n"),
        "  a\n- b\n+ x\n  c\n+ d\n"
    );
}

//! A packed row comes out as it went in, and a broken one is no row.

#[macro_use]
mod program;

fn unpacked(packed: &str) -> String {
    program::output_of(program!("12"), &[packed]).trim_end().to_owned()
}

#[test]
fn a_packed_row_is_unpacked() {
    for (packed, row) in [
        ("", ""),
        ("02aabbccfd01", "aabbcc01010101"),
        ("00ff", "ff"),
        ("ff07", "0707"),
        ("80", ""),
        ("800080", "80"),
        ("fe00808001aabb", "000000aabb"),
    ] {
        assert_eq!(unpacked(packed), row, "from {packed:?}");
    }
    // The longest of each kind.
    let literal: String = (0..128).map(|n| format!("{n:02x}")).collect();
    assert_eq!(unpacked(&format!("7f{literal}")), literal);
    assert_eq!(unpacked("815a"), "5a".repeat(128));
    // Counts with less behind them than they say.
    for broken in ["00", "02aabb", "81", "ff07fe"] {
        assert_eq!(unpacked(broken), "broken", "from {broken:?}");
    }
}

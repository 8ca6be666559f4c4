//! A table with a head, and a first column that names its rows.

use maud::{Markup, html};

/// The head of a column.
#[derive(Clone, Copy)]
pub enum Column {
    /// Of figures, which stand at the right.
    Figure(&'static str),
    /// Of text, which stands at the left.
    Text(&'static str),
}

/// Each row is a sequence of cells.
pub fn table(
    columns: &[Column],
    rows: impl IntoIterator<Item = Markup>,
) -> Markup {
    html! {
        div.wide tabindex="0" {
            table {
                thead {
                    tr {
                        @for column in columns {
                            @match column {
                                Column::Figure(head) => {
                                    th scope="col" { (head) }
                                }
                                Column::Text(head) => {
                                    th.words scope="col" { (head) }
                                }
                            }
                        }
                    }
                }
                tbody {
                    @for row in rows {
                        tr { (row) }
                    }
                }
            }
        }
    }
}

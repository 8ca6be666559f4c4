"""Makes the fonts beside this file from the Liberation fonts, version 2.

    apt-get install fonts-liberation2
    pip install fonttools
    python3 make.py /usr/share/fonts/truetype/liberation2

Kept are Latin with every diacritic, Greek, Cyrillic, and the signs that stand
between letters; left out are other scripts, and hints for screens. The SIL
Open Font License asks that what was changed bears another name: see README.md.
"""

import pathlib
import sys

from fontTools import subset
from fontTools.ttLib import TTFont

FAMILIES = {"Sans": "Workshop Sans", "Serif": "Workshop Serif", "Mono": "Workshop Mono"}
STYLES = ["Regular", "Bold", "Italic", "BoldItalic"]
LETTERS = [
    (0x0020, 0x024F),  # Latin
    (0x0259, 0x0259),  # schwa
    (0x02B0, 0x036F),  # modifiers, combining diacritics
    (0x0370, 0x03FF),  # Greek
    (0x0400, 0x045F),  # Cyrillic
    (0x048A, 0x04FF),  # Cyrillic of many languages
    (0x1E00, 0x1EFF),  # Latin of Vietnamese, Welsh
    (0x1F00, 0x1FFF),  # Greek with many accents
    (0x2000, 0x209F),  # punctuation, raised and lowered figures
    (0x20A0, 0x20CF),  # currencies
    (0x2100, 0x218F),  # letterlike signs, fractions
    (0x2190, 0x22FF),  # arrows, mathematics
    (0x2500, 0x26FF),  # lines, boxes, shapes
    (0xFB00, 0xFB06),  # ligatures
    (0xFFFD, 0xFFFD),
]


def make(source, family, style):
    font = TTFont(source)
    options = subset.Options(
        glyph_names=False,
        hinting=False,
        layout_features=[],
        name_IDs=[0, 1, 2, 4, 6, 13, 14],
        notdef_outline=True,
        recalc_timestamp=False,
    )
    options.drop_tables += ["GDEF", "GPOS", "GSUB", "gasp", "kern"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(
        unicodes=[u for first, last in LETTERS for u in range(first, last + 1)]
    )
    subsetter.subset(font)

    spoken = {"BoldItalic": "Bold Italic"}.get(style, style)
    full = family if style == "Regular" else f"{family} {spoken}"
    file = f"{family.replace(' ', '')}-{style}"
    texts = {1: family, 2: spoken, 4: full, 6: file}
    for record in font["name"].names:
        if record.nameID in texts:
            record.string = texts[record.nameID]
    font.save(pathlib.Path(__file__).parent / f"{file}.ttf")


def main():
    folder = pathlib.Path(sys.argv[1])
    for source, family in FAMILIES.items():
        for style in STYLES:
            make(folder / f"Liberation{source}-{style}.ttf", family, style)


if __name__ == "__main__":
    main()

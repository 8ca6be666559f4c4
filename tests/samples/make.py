"""Makes the documents of this folder; all of them are our own.

Needs Python 3.10+ and `pip install reportlab pikepdf pillow numpy`, then
`python make.py` here. The documents are committed, so nobody has to. The
text is set in Bitstream Vera, which comes with reportlab and may be embedded.
"""

import io
import math
import pathlib
import struct
import zipfile
import zlib

import numpy as np
import pikepdf
import reportlab
from PIL import Image, ImageDraw
from reportlab.lib import colors
from reportlab.lib.pagesizes import A3, A4, A5, landscape, letter
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

HERE = pathlib.Path(__file__).parent
BAD = HERE / "bad"
SCANS = HERE / "scans"
PICTURES = HERE / "pictures"
FONTS = pathlib.Path(reportlab.__file__).parent / "fonts"
for name in ("Vera", "VeraBd", "VeraIt"):
    pdfmetrics.registerFont(TTFont(name, FONTS / f"{name}.ttf"))

SENTENCES = """The printer on the third floor has a new tray and an old grudge.
Every page is drawn in bands, and no band remembers the one above it.
A queue that forgets a job is worse than no queue at all.
White paper is the cheapest thing a driver can send: it sends nothing.
Four Ghostbusters wait by the trap while the toner warms up.
The lease ran out at noon, and another worker took the job.
Nobody reads the manual, so the manual is short.
What was printed twice cannot be unprinted once.""".split("\n")


def canvas(name, size=A4):
    return Canvas(str(HERE / name), pagesize=size, invariant=1)


def paragraph(c, x, y, width, font, size, first, lines):
    """Sets `lines` lines of justified text; returns the y below them."""
    words = " ".join(SENTENCES[(first + i) % 8] for i in range(40)).split()
    for _ in range(lines):
        line = []
        while words and c.stringWidth(" ".join(line + words[:1]), font, size) < width:
            line.append(words.pop(0))
        text = c.beginText(x, y)
        text.setFont(font, size)
        free = width - c.stringWidth(" ".join(line), font, size)
        text.setWordSpace(free / max(1, len(line) - 1))
        text.textOut(" ".join(line))
        c.drawText(text)
        y -= size * 1.4
    return y


def report():
    c = canvas("report.pdf")
    for page in range(6):
        c.setFont("VeraBd", 20)
        c.drawString(25 * mm, 265 * mm, f"{page + 1}. What the printer said")
        y = 252 * mm
        for part in range(3):
            y = paragraph(c, 25 * mm, y, 160 * mm, "Vera", 10, page + part, 9)
            c.setFont("VeraIt", 11)
            c.drawString(25 * mm, y - 6, f"Part {part + 1} of page {page + 1}")
            y -= 24
        for row in range(8):
            if row % 2 == 0:
                c.setFillColor(colors.HexColor("#dde6f0"))
                c.rect(25 * mm, y - 4, 160 * mm, 16, stroke=0, fill=1)
            c.setFillColor(colors.black)
            c.setFont("Vera", 9)
            for column in range(4):
                c.drawString((27 + 40 * column) * mm, y, f"{page * row * 37 + column}.{row}")
            y -= 16
        c.setStrokeColor(colors.HexColor("#336699"))
        c.line(25 * mm, 20 * mm, 185 * mm, 20 * mm)
        c.setFont("Vera", 8)
        c.drawRightString(185 * mm, 14 * mm, f"page {page + 1} of 6")
        c.showPage()
    c.save()


def drawing():
    c = canvas("drawing.pdf")
    c.saveState()
    clip = c.beginPath()
    clip.circle(105 * mm, 225 * mm, 50 * mm)
    c.clipPath(clip, stroke=0)
    c.linearGradient(55 * mm, 175 * mm, 155 * mm, 275 * mm,
                     (colors.HexColor("#102a66"), colors.HexColor("#f7a54a")))
    c.restoreState()
    c.saveState()
    clip = c.beginPath()
    clip.circle(60 * mm, 130 * mm, 28 * mm)
    c.clipPath(clip, stroke=0)
    c.radialGradient(60 * mm, 130 * mm, 30 * mm, (colors.white, colors.red), extend=False)
    c.restoreState()
    for i, color in enumerate((colors.cyan, colors.magenta, colors.yellow)):
        angle = i * 2 * math.pi / 3
        c.setFillColor(color, alpha=0.5)
        c.circle(145 * mm + 12 * mm * math.cos(angle), 130 * mm + 12 * mm * math.sin(angle), 20 * mm,
                 stroke=0, fill=1)
    c.setFillAlpha(1)
    c.setStrokeColor(colors.HexColor("#224422"))
    for i in range(24):
        c.setLineWidth(0.25 + i * 0.15)
        c.setDash([1 + i, 2 + i / 2])
        c.bezier(20 * mm, (20 + 3 * i) * mm, 80 * mm, (100 - 4 * i) * mm, 130 * mm, 3 * i * mm, 190 * mm,
                 (90 - 2 * i) * mm)
    c.showPage()
    # A second page of many small shapes, stroked and filled, and white below.
    c.setDash()
    c.setLineWidth(0.4)
    for i in range(40):
        for j in range(30):
            c.setFillColorRGB(i / 40, j / 30, (i * j % 7) / 7)
            path = c.beginPath()
            x, y = (15 + 4.5 * i) * mm, (140 + 4.5 * j) * mm
            path.moveTo(x, y)
            path.curveTo(x + 9, y + 3, x + 3, y + 9, x + 10, y + 10)
            path.lineTo(x, y + 8)
            path.close()
            c.drawPath(path, stroke=1, fill=1)
    c.showPage()
    c.save()


def noise(height, width, cells, random):
    """Smooth noise: a coarse grid of random values, interpolated."""
    grid = Image.fromarray((random.random((cells, cells * 3 // 2)) * 255).astype("uint8"))
    return np.asarray(grid.resize((width, height), Image.Resampling.BICUBIC)) / 255


def picture(width=1800, height=1200):
    """Hills under a clear sky, with a lake, as a camera might see them."""
    random = np.random.default_rng(11)
    y, x = np.mgrid[0:height, 0:width] / [[[height]], [[width]]]
    sky = np.stack([0.95 - 0.55 * (1 - y), 0.62 + 0.1 * y, 0.45 + 0.45 * (1 - y)], -1)
    clouds = sum(noise(height, width, 4 * 2**k, random) / 2**k for k in range(6)) / 2
    sky += 0.35 * np.clip(clouds - 0.5, 0, 1)[..., None]
    image = sky
    for layer in range(5):
        t = np.arange(width) / width
        ridge = 0.38 + 0.09 * layer + sum(
            math.pow(0.55, k) * 0.06 * np.sin(2 * math.pi * (2**k * t * (1 + 0.13 * layer) + random.random()))
            for k in range(8))
        ground = np.array([0.32 - 0.05 * layer, 0.42 - 0.045 * layer, 0.5 - 0.09 * layer])
        texture = sum(noise(height, width, 16 * 2**k, random) / 2**k for k in range(5)) / 2
        shade = ground * (0.7 + 0.6 * texture[..., None])
        image = np.where((y > ridge[None, :])[..., None], shade, image)
    lake = y > 0.86
    mirrored = image[::-1][(np.arange(height) * 7 // 10) % height]
    image = np.where(lake[..., None], 0.55 * mirrored + np.array([0.12, 0.18, 0.25]), image)
    image += random.normal(0, 0.012, (height, width, 1))
    return Image.fromarray((np.clip(image, 0, 1) * 255).astype("uint8"))


def jpeg(image, quality):
    data = io.BytesIO()
    image.save(data, "JPEG", quality=quality)
    data.seek(0)
    return ImageReader(data)


def photo():
    c = canvas("photo.pdf")
    image = picture()
    c.drawImage(jpeg(image, 82), 15 * mm, 150 * mm, 180 * mm, 120 * mm)
    image.resize((900, 600)).save(HERE / "photo.jpg", quality=80)
    small = image.resize((450, 300)).convert("L")
    small.save(HERE / "photo-grey.jpg", quality=80)
    c.drawImage(jpeg(small, 80), 15 * mm, 80 * mm, 85 * mm, 56 * mm)
    pixels = np.asarray(image.resize((120, 80)))
    c.drawImage(ImageReader(Image.fromarray(pixels)), 110 * mm, 80 * mm, 85 * mm, 56 * mm)
    c.setFont("Vera", 10)
    c.drawString(15 * mm, 70 * mm, "By the lake: a JPEG, a grey JPEG, and a coarse bitmap.")
    c.showPage()
    c.save()


def sideways():
    c = canvas("landscape.pdf", landscape(A4))
    for page in range(2):
        c.setFont("VeraBd", 22)
        c.drawString(20 * mm, 185 * mm, "Pages a month")
        for month in range(12):
            height = (40 + 37 * (month * (page + 3) % 5) / 2) * mm / 1.2
            c.setFillColorRGB(0.2 + month / 20, 0.45, 0.8 - month / 20)
            c.rect((25 + 21 * month) * mm, 30 * mm, 14 * mm, height, fill=1)
            c.setFillColor(colors.black)
            c.setFont("Vera", 9)
            c.drawCentredString((32 + 21 * month) * mm, 23 * mm, f"{month + 1}")
        c.line(20 * mm, 30 * mm, 280 * mm, 30 * mm)
        c.showPage()
    c.save()


def label(c, size, text):
    width, height = size
    c.setFont("VeraBd", 24)
    c.drawString(20 * mm, height - 35 * mm, text)
    paragraph(c, 20 * mm, height - 50 * mm, width - 40 * mm, "Vera", 11, 3, 12)
    c.setFillColor(colors.HexColor("#cc3333"))
    c.rect(10 * mm, 10 * mm, 15 * mm, 15 * mm, stroke=0, fill=1)
    c.setFillColor(colors.HexColor("#3333cc"))
    c.circle(width - 20 * mm, 20 * mm, 8 * mm, stroke=0, fill=1)
    c.setFillColor(colors.black)
    c.rect(5 * mm, 5 * mm, width - 10 * mm, height - 10 * mm)


def mixed():
    c = canvas("mixed.pdf")
    sizes = [("A4", A4), ("A3", A3), ("Letter", letter), ("A4 landscape", landscape(A4)),
             ("A4, turned by 90", A4), ("A4, turned by 180", A4), ("A5", A5), ("A4, cropped to A5", A4)]
    for text, size in sizes:
        c.setPageSize(size)
        label(c, size, text)
        c.showPage()
    c.save()
    with pikepdf.open(HERE / "mixed.pdf", allow_overwriting_input=True) as pdf:
        pdf.pages[4].Rotate = 90
        pdf.pages[5].Rotate = 180
        pdf.pages[7].CropBox = [0, float(A4[1] - A5[1]), float(A5[0]), float(A4[1])]
        pdf.save(HERE / "mixed.pdf", deterministic_id=True)


def base14():
    c = canvas("base14.pdf")
    y = 275 * mm
    for family in ("Helvetica", "Helvetica-Bold", "Helvetica-Oblique", "Helvetica-BoldOblique",
                   "Times-Roman", "Times-Bold", "Times-Italic", "Times-BoldItalic",
                   "Courier", "Courier-Bold", "Courier-Oblique", "Courier-BoldOblique"):
        c.setFont(family, 13)
        c.drawString(20 * mm, y, f"{family}: {SENTENCES[0]}"[:64])
        y -= 18
    for family, text in (("Symbol", "αβγδεζηθικλμνξοπ ∑∏∫√"), ("ZapfDingbats", "✁✂✃✄✆✇✈✉✌✍✎✏✐✑✒✓✔✕")):
        c.setFont(family, 18)
        c.drawString(20 * mm, y - 8, text)
        y -= 30
    paragraph(c, 20 * mm, y - 10, 170 * mm, "Times-Roman", 12, 2, 16)
    c.showPage()
    c.save()


def forms():
    c = canvas("forms.pdf")
    c.setFont("VeraBd", 18)
    c.drawString(20 * mm, 270 * mm, "Request for toner")
    c.setFont("Vera", 11)
    form = c.acroForm
    for i, (text, value) in enumerate((("Name", "Egon"), ("Floor", "3"), ("Colour", "cyan"))):
        y = (250 - 15 * i) * mm
        c.drawString(20 * mm, y, text)
        form.textfield(name=text, value=value, x=60 * mm, y=y - 5, width=80 * mm, height=18,
                       fontName="Helvetica", fontSize=11)
    for i, text in enumerate(("urgent", "double-sided", "after five o'clock")):
        y = (200 - 12 * i) * mm
        form.checkbox(name=text, checked=i != 1, x=20 * mm, y=y - 3, size=14, buttonStyle="check")
        c.drawString(30 * mm, y, text)
    paragraph(c, 20 * mm, 150 * mm, 170 * mm, "Vera", 11, 5, 6)
    c.highlightAnnotation("read this", Rect=[20 * mm, 140 * mm, 120 * mm, 147 * mm], Color=[1, 0.9, 0.2])
    c.linkURL("https://example.org/", (20 * mm, 20 * mm, 80 * mm, 28 * mm), thickness=1)
    c.drawString(22 * mm, 22 * mm, "example.org")
    c.showPage()
    c.save()


def paper_rules():
    """What is on paper, and what is not, kept in several ways: with its objects
    in streams, and encrypted in two ways."""
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(595, 842))
    square = pdf.make_stream(b"0 0 10 10 re f", Type=pikepdf.Name.XObject,
                             Subtype=pikepdf.Name.Form, BBox=[0, 0, 10, 10])

    def annotation(place, **more):
        y = 760 - 30 * place
        return pikepdf.Dictionary(Type=pikepdf.Name.Annot, Rect=[50, y, 250, y + 20], **more)

    stamp = {"Subtype": pikepdf.Name.Stamp, "AP": pikepdf.Dictionary(N=square)}
    annotations = [
        annotation(0, F=0, **stamp),
        annotation(1, F=36, **stamp),
        annotation(2, F=4, Subtype=pikepdf.Name.Widget, FT=pikepdf.Name.Tx,
                   V=pikepdf.String("GOZER"), DA=pikepdf.String("/Helv 12 Tf 1 0 0 rg")),
    ]
    # One stands in the page's list itself.
    listed = [pdf.make_indirect(a) for a in annotations] + [annotation(3, F=36, **stamp)]
    page = pdf.pages[0].obj
    page.Annots = pikepdf.Array(listed)
    layer = pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.OCG, Name=pikepdf.String("Layer")))
    expression = pikepdf.Array([pikepdf.Name.Not, layer])
    member = pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.OCMD, VE=expression))
    page.Resources = pikepdf.Dictionary(Properties=pikepdf.Dictionary(M=member))
    page.Contents = pdf.make_stream(b"/OC /M BDC 50 640 200 20 re f EMC")
    pdf.Root.OCProperties = pikepdf.Dictionary(OCGs=[layer], D=pikepdf.Dictionary())
    streams = pikepdf.ObjectStreamMode.generate
    pdf.save(HERE / "paper-streams.pdf", object_stream_mode=streams)
    aes = pikepdf.Encryption(owner="boss", user="", R=6)
    pdf.save(HERE / "paper-aes.pdf", object_stream_mode=streams, encryption=aes)
    rc4 = pikepdf.Encryption(owner="boss", user="", R=3, aes=False, metadata=False)
    pdf.save(HERE / "paper-rc4.pdf", encryption=rc4)


def small(path, page, objects=(), pages=None, before=b""):
    """Writes a PDF by hand: objects 1 and 2 are catalogue and page tree, 3 is
    the page, and `objects` follow from 4."""
    pages = pages or b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
    bodies = [b"<< /Type /Catalog /Pages 2 0 R >>", pages, page, *objects]
    out = bytearray(b"%PDF-1.7\n" + before)
    offsets = []
    for number, body in enumerate(bodies, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    at = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(bodies) + 1, at)
    path.write_bytes(out)


def stream(data, extra=b""):
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), extra, data)


def page(contents=b"/Contents 4 0 R", box=b"[0 0 595 842]", resources=b""):
    return (b"<< /Type /Page /Parent 2 0 R /MediaBox %s /Resources << %s >> %s >>"
            % (box, resources, contents))


def bad():
    report = (HERE / "report.pdf").read_bytes()
    (BAD / "truncated.pdf").write_bytes(report[: len(report) * 6 // 10])
    with pikepdf.open(HERE / "base14.pdf") as pdf:
        web = io.BytesIO()
        pdf.save(web, linearize=True, deterministic_id=True)
        web = web.getvalue()
        (BAD / "truncated-linearized.pdf").write_bytes(web[: len(web) * 8 // 10])
        pdf.save(BAD / "encrypted.pdf", encryption=pikepdf.Encryption(owner="boss", user="secret"))
        pdf.save(HERE / "owner-password.pdf", encryption=pikepdf.Encryption(owner="boss", user=""))
        no_printing = pikepdf.Permissions(print_lowres=False, print_highres=False)
        encryption = pikepdf.Encryption(owner="boss", user="", allow=no_printing)
        pdf.save(HERE / "print-not-allowed.pdf", encryption=encryption)
    random = np.random.default_rng(5).bytes(3000).replace(b"obj", b"jbo")
    (BAD / "garbage.pdf").write_bytes(b"%PDF-1.7\n" + random + b"\nstartxref\n12\n%%EOF\n")
    (BAD / "noise.pdf").write_bytes(random)
    (BAD / "empty.pdf").write_bytes(b"")
    (BAD / "blank.pdf").write_bytes(b"\0" * 512 + b"\n")
    (BAD / "text-named.pdf").write_text("Dear printer,\nplease.\n")
    (BAD / "web-page-named.pdf").write_text("<!DOCTYPE html><title>404</title>Not found\n")
    Image.new("RGB", (8, 8), "orange").save(BAD / "png-named.pdf", "PNG")
    with zipfile.ZipFile(BAD / "zip-named.pdf", "w") as archive:
        archive.writestr(zipfile.ZipInfo("notes.txt"), "no PDF")
    with zipfile.ZipFile(BAD / "word-named.pdf", "w") as archive:
        archive.writestr(zipfile.ZipInfo("[Content_Types].xml"), "<Types/>")
        archive.writestr(zipfile.ZipInfo("word/document.xml"), "<document/>")

    ink = stream(b"0 0 1 rg 100 100 200 200 re f")
    side = b"%d" % round(10_000 / 25.4 * 72)
    small(BAD / "huge-page.pdf", page(box=b"[0 0 %s %s]" % (side, side)), [ink])
    small(BAD / "no-pages.pdf", b"null", pages=b"<< /Type /Pages /Kids [] /Count 0 >>")
    # A page tree whose branch is its own root.
    small(BAD / "cyclic-pages.pdf", b"<< /Type /Pages /Parent 2 0 R /Kids [2 0 R] /Count 1 >>")
    # A form that draws itself.
    small(BAD / "cyclic-form.pdf", page(resources=b"/XObject << /F 5 0 R >>"), [
        stream(b"/F Do"),
        stream(b"1 0 0 rg 0 0 9 9 re f /F Do",
               b"/Type /XObject /Subtype /Form /BBox [0 0 595 842] /Resources << /XObject << /F 5 0 R >> >>"),
    ])
    # Forms within forms, ten calls on each of twelve levels.
    levels = 12
    small(BAD / "billion-laughs.pdf", page(resources=b"/XObject << /F 5 0 R >>"), [
        stream(b"/F Do"),
        *(stream(b"/F Do " * 10,
                 b"/Type /XObject /Subtype /Form /BBox [0 0 595 842] /Resources << /XObject << /F %d 0 R >> >>"
                 % (6 + level)) for level in range(levels)),
        stream(b"0 1 0 rg 10 10 100 100 re f", b"/Type /XObject /Subtype /Form /BBox [0 0 595 842]"),
    ])
    # A page that is 1 GB of blanks, packed twice.
    squeeze = zlib.compressobj(9)
    once = b"".join(squeeze.compress(b" " * (1 << 20)) for _ in range(1024)) + squeeze.flush()
    small(BAD / "bomb.pdf", page(),
          [stream(zlib.compress(once, 9), b"/Filter [/FlateDecode /FlateDecode]")])
    # A picture of ten thousand million pixels, and no data.
    small(BAD / "absurd-picture.pdf", page(resources=b"/XObject << /I 5 0 R >>"), [
        stream(b"500 0 0 700 40 60 cm /I Do"),
        stream(b"\0" * 64, b"/Type /XObject /Subtype /Image /Width 100000 /Height 100000 "
               b"/ColorSpace /DeviceRGB /BitsPerComponent 8"),
    ])
    # Arrays within arrays, a hundred thousand deep, packed.
    nested = zlib.compress(b"[" * 100_000 + b"]" * 100_000 + b" 0 0 9 9 re f", 9)
    small(BAD / "nested-arrays.pdf", page(), [stream(nested, b"/Filter /FlateDecode")])


def bars(mode, width, height):
    """A page of bars, as a scanner would see them."""
    image = Image.new(mode, (width, height), "white")
    draw = ImageDraw.Draw(image)
    for bar in range(40):
        top = height * (bar + 2) // 44
        right = width // 10 + width * (bar % 8 + 1) // 10
        color = (200 - 5 * bar, 20 + 4 * bar, 60) if mode == "RGB" else 5 * bar
        draw.rectangle((width // 10, top, right, top + height // 120), fill=color)
    return image


def scans():
    """Large scans: an A3 page in colour, and an A4 page in grey."""
    def scan(name, image, box, filters, space, **options):
        data = io.BytesIO()
        image.save(data, **options)
        data = zlib.compress(data.getvalue(), 9)
        width, height = image.size
        small(SCANS / name, page(box=box, resources=b"/XObject << /I 5 0 R >>"), [
            stream(b"q %d 0 0 %d 0 0 cm /I Do Q" % tuple(map(int, box[5:-1].split()))),
            stream(data, b"/Type /XObject /Subtype /Image /Width %d /Height %d "
                   b"/BitsPerComponent 8 /ColorSpace /%s /Filter [/FlateDecode /%s]"
                   % (width, height, space, filters)),
        ])
    scan("jpeg-a3-600dpi.pdf", bars("RGB", 7016, 9921), b"[0 0 842 1191]",
         b"DCTDecode", b"DeviceRGB", format="JPEG", quality=50)
    scan("jpeg-a4-600dpi.pdf", bars("RGB", 4961, 7016), b"[0 0 595 842]",
         b"DCTDecode", b"DeviceRGB", format="JPEG", quality=50)
    scan("jpeg2000-a4-600dpi.pdf", bars("L", 4961, 7016), b"[0 0 595 842]",
         b"JPXDecode", b"DeviceGray", format="JPEG2000", irreversible=True,
         quality_mode="rates", quality_layers=[400])


def pictures():
    """One chart in several formats: red, green, blue and dark quarters."""
    image = Image.new("RGB", (240, 160), "white")
    draw = ImageDraw.Draw(image)
    for (x, y), color in {(0, 0): (220, 30, 30), (1, 0): (30, 160, 60),
                          (0, 1): (40, 60, 200), (1, 1): (50, 50, 50)}.items():
        draw.rectangle((120 * x + 10, 80 * y + 10, 120 * x + 109, 80 * y + 69), fill=color)
    save = lambda image, name, **options: image.save(
        PICTURES / name, quality=90, subsampling=0, dpi=(100, 100), **options)
    save(image, "chart.jpg")
    save(image, "progressive.jpg", progressive=True)
    save(image.convert("L"), "grey.jpg")
    # Adobe's way, in which 255 is no ink.
    save(image.convert("CMYK"), "cmyk.jpg")
    interlaced(image, PICTURES / "interlaced.png")


def interlaced(image, path):
    """A PNG picture in the seven passes of Adam7 (ISO/IEC 15948, 8.2)."""
    (width, height), pixels = image.size, image.load()
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4),
              (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    data = b"".join(
        b"".join(b"\0" + b"".join(bytes(pixels[column, row])
                                  for column in range(x, width, across))
                 for row in range(y, height, down))
        for x, y, across, down in passes)
    chunk = lambda kind, data: (struct.pack(">I", len(data)) + kind + data
                                + struct.pack(">I", zlib.crc32(kind + data)))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 1)
    density = struct.pack(">IIB", 3937, 3937, 1)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head)
                     + chunk(b"pHYs", density)
                     + chunk(b"IDAT", zlib.compress(data, 9)) + chunk(b"IEND", b""))


if __name__ == "__main__":
    BAD.mkdir(exist_ok=True)
    SCANS.mkdir(exist_ok=True)
    PICTURES.mkdir(exist_ok=True)
    for make in (report, drawing, photo, sideways, mixed, base14, forms, paper_rules, bad, scans,
                 pictures):
        make()

"""Lay the typefaces out for the site and for PDF, from npm packages: `make fonts`.

Faces for print are copied as their publishers distribute them. Those for the web are cut to the weights
that the site sets, a third of their bytes less. Source Serif comes with the Reserved Font Name "Source":
under the OFL a changed font may not carry it, so whatever is cut here has a name of its own.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

# Where ranges overlap, the rule that stands last wins: Latin, which is loaded anyway.
WEB_SERIF_SUBSETS = ("cyrillic-ext", "cyrillic", "greek", "vietnamese", "latin-ext", "latin")
WEB_SANS_SUBSETS = ("vietnamese", "latin-ext", "latin")
STYLES = ("normal", "italic")

PRINT_SERIF = {
    "400Regular/SourceSerif4_400Regular.ttf": "SourceSerif4-Regular.ttf",
    "400Regular_Italic/SourceSerif4_400Regular_Italic.ttf": "SourceSerif4-Italic.ttf",
    "600SemiBold/SourceSerif4_600SemiBold.ttf": "SourceSerif4-SemiBold.ttf",
    "600SemiBold_Italic/SourceSerif4_600SemiBold_Italic.ttf": "SourceSerif4-SemiBoldItalic.ttf",
}
PRINT_SANS = {
    "400Regular/PublicSans_400Regular.ttf": "PublicSans-Regular.ttf",
    "600SemiBold/PublicSans_600SemiBold.ttf": "PublicSans-SemiBold.ttf",
    "700Bold/PublicSans_700Bold.ttf": "PublicSans-Bold.ttf",
}

SYMBOLS = "←↑→↓↖↗↘↙∂∆∏∑√∞∫≈≠≤≥■▲△▶▷▼▽◀◁◆◉◊"
SYMBOLS_FAMILY = "Threatbrief Symbols"
SERIF_FAMILY, SERIF_WEIGHTS = "Threatbrief Serif", (400, 600)
SANS_FAMILY, SANS_WEIGHTS = "Threatbrief Sans", (400, 700)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    for option, wanted in (
        ("--web-serif", "@fontsource-variable/source-serif-4"),
        ("--web-sans", "@fontsource-variable/public-sans"),
        ("--print-serif", "@expo-google-fonts/source-serif-4"),
        ("--print-sans", "@expo-google-fonts/public-sans"),
    ):
        parser.add_argument(
            option, type=Path, required=True, metavar="DIR", help=f"the unpacked npm package {wanted}"
        )
    parser.add_argument("--templates", type=Path, required=True, metavar="DIR", help="the templates folder")
    given = parser.parse_args()

    web = given.templates / "site" / "assets" / "fonts"
    pdf = given.templates / "pdf" / "fonts"
    for folder in (web, pdf):
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(given.print_serif / "LICENSE_FONT", folder / "OFL-source-serif-4.txt")
        shutil.copyfile(given.print_sans / "LICENSE_FONT", folder / "OFL-public-sans.txt")

    for source, name in PRINT_SERIF.items():
        shutil.copyfile(given.print_serif / source, pdf / name)
    for source, name in PRINT_SANS.items():
        shutil.copyfile(given.print_sans / source, pdf / name)

    rules = [*cut_web_serif(given.web_serif, web), *cut_web_sans(given.web_sans, web)]
    cut_symbols(pdf / "SourceSerif4-Regular.ttf", web / "symbols.woff2")
    codes = ",".join(f"U+{ord(sign):X}" for sign in SYMBOLS)
    rules.append(font_face(SYMBOLS_FAMILY, "symbols.woff2", "normal", "400", codes))
    print("\n".join(rules))


def cut_web_serif(package: Path, folder: Path) -> Iterator[str]:
    """Cut the variable serif, a file for each style and script; yield its @font-face rules."""
    ranges = json.loads((package / "unicode.json").read_text(encoding="utf-8"))
    for style in STYLES:
        for subset in WEB_SERIF_SUBSETS:
            name = web_name(f"source-serif-4-{style}", subset)
            source = package / "files" / f"source-serif-4-{subset}-wght-{style}.woff2"
            cut_weights(source, folder / name, SERIF_FAMILY, SERIF_WEIGHTS)
            yield font_face(SERIF_FAMILY, name, style, "400 600", ranges[subset])


def cut_web_sans(package: Path, folder: Path) -> Iterator[str]:
    """Cut the variable sans, a file for each script; yield its @font-face rules."""
    ranges = json.loads((package / "unicode.json").read_text(encoding="utf-8"))
    for subset in WEB_SANS_SUBSETS:
        name = web_name("public-sans", subset)
        source = package / "files" / f"public-sans-{subset}-wght-normal.woff2"
        cut_weights(source, folder / name, SANS_FAMILY, SANS_WEIGHTS)
        yield font_face(SANS_FAMILY, name, "normal", "400 700", ranges[subset])


def cut_weights(source: Path, target: Path, family: str, weights: tuple[int, int]) -> None:
    """Leave of a variable font the weights from one to another, under a family name of its own."""
    font = instancer.instantiateVariableFont(TTFont(source, recalcTimestamp=False), {"wght": weights})
    rename_variable(font, family)
    font.flavor = "woff2"
    font.save(target)


def rename_variable(font: TTFont, family: str) -> None:
    """Give a font a family name; of its other names those stay that are legal, or of its style and axes."""
    font["fvar"].instances = []
    del font["STAT"]
    font["name"].removeUnusedNames(font)
    call(font, family)


def call(font: TTFont, family: str) -> None:
    """Call a font by a family name wherever it says its own."""
    own = {1: family, 3: family, 4: family, 6: family.replace(" ", "")}
    for record in font["name"].names:
        record.string = own.get(record.nameID, record.toUnicode())


def web_name(stem: str, subset: str) -> str:
    """The file's name: the Latin file, which every page loads, goes without a suffix."""
    return f"{stem}.woff2" if subset == "latin" else f"{stem}-{subset}.woff2"


def font_face(family: str, file: str, style: str, weight: str, unicode_range: str) -> str:
    return (
        f'@font-face{{font-family:"{family}";src:url(fonts/{file}) format("woff2");'
        f"font-style:{style};font-weight:{weight};font-display:swap;unicode-range:{unicode_range}}}"
    )


def cut_symbols(face: Path, target: Path) -> None:
    """Cut arrows and signs out of `face`, under a family name that is not reserved.

    Raises ValueError if the face lacks one of them.
    """
    font = TTFont(face, recalcTimestamp=False)
    absent = [sign for sign in SYMBOLS if ord(sign) not in font.getBestCmap()]
    if absent:
        raise ValueError(f"{face} has no {' '.join(absent)}")
    options = Options(layout_features=[], hinting=False, name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14])
    options.drop_tables += ["STAT"]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=[ord(sign) for sign in SYMBOLS])
    subsetter.subset(font)
    call(font, SYMBOLS_FAMILY)
    font.flavor = "woff2"
    font.save(target)


if __name__ == "__main__":
    main()

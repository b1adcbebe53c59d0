"""Draw the world map of the figures, and place every country on it, from an npm package: `make map`.

The outline of the land is Natural Earth's at 1:110 million, which is in the public domain, as the
package world-atlas distributes it, in the Equal Earth projection. No border is drawn: where a border
runs is disputed in more places than a map of incidents has any business to judge. A country is a
point, in the middle of its largest part.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pycountry

WIDTH = 960
NORTH, SOUTH = 83.7, -56.0
TOLERANCE = 0.35
"""By how much, in units of the drawing, a line may leave its true course."""
MIDDLE = 11.0
"""The longitude in the middle of the map: its edges then meet in the Bering Strait, and cut no land."""
LEAST_AREA = 0.7
"""Islands smaller than this, in square units, are left out."""

Point = tuple[float, float]

PLACED_BY_HAND: dict[str, Point] = {
    "BQ": (-68.26, 12.18),
    "BV": (3.36, -54.42),
    "CC": (96.83, -12.19),
    "CX": (105.65, -10.49),
    "GF": (-53.1, 3.9),
    "GP": (-61.55, 16.25),
    "IO": (72.42, -7.33),
    "MQ": (-61.02, 14.64),
    "RE": (55.53, -21.12),
    "SJ": (16.0, 78.6),
    "TK": (-171.85, -9.2),
    "YT": (45.15, -12.83),
}
"""Longitude and latitude of what Natural Earth counts to another country."""
NAMED = {"Kosovo": "XK"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--atlas", type=Path, required=True, metavar="DIR", help="the unpacked world-atlas")
    parser.add_argument("--templates", type=Path, required=True, metavar="DIR", help="the templates folder")
    parser.add_argument("--reference", type=Path, required=True, metavar="DIR", help="the reference tables")
    given = parser.parse_args()

    top = project((0, NORTH))[1]
    height = round(project((0, SOUTH))[1] - top)
    land = " ".join(land_paths(read_topology(given.atlas, "land-110m"), top, height))
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}">'
        f'<path id="land" d="{land}"/></svg>\n'
    )
    (given.templates / "site" / "assets" / "world.svg").write_text(svg, encoding="utf-8")
    version = json.loads((given.atlas / "package.json").read_text(encoding="utf-8"))["version"]
    places = dict(country_places(read_topology(given.atlas, "countries-10m"), top))
    rows = ",\n".join(f'  "{code}": [{x}, {y}]' for code, (x, y) in sorted(places.items()))
    (given.reference / "places.json").write_text(
        "{\n"
        f' "source": "Natural Earth via world-atlas {version}, Equal Earth projection",\n'
        f' "width": {WIDTH}, "height": {height},\n "places": {{\n{rows}\n }}\n}}\n',
        encoding="utf-8",
    )


def project(position: Point) -> Point:
    """Longitude and latitude in degrees on the Equal Earth map, in units of the drawing, y downwards.

    B. Šavrič, T. Patterson, B. Jenny, The Equal Earth map projection, IJGIS 33 (2019).
    """
    a1, a2, a3, a4 = 1.340264, -0.081106, 0.000893, 0.003796
    longitude, latitude = math.radians(position[0] - MIDDLE), math.radians(position[1])
    theta = math.asin(math.sqrt(3) / 2 * math.sin(latitude))
    square = theta * theta
    sixth = square**3
    slope = a1 + 3 * a2 * square + sixth * (7 * a3 + 9 * a4 * square)
    x = longitude * math.cos(theta) / (math.sqrt(3) / 2 * slope)
    y = theta * (a1 + a2 * square + sixth * (a3 + a4 * square))
    scale = WIDTH / (2 * math.pi / (math.sqrt(3) / 2 * a1))
    return WIDTH / 2 + x * scale, -y * scale


def read_topology(atlas: Path, name: str) -> dict[str, Any]:
    """A TopoJSON file with its arcs decoded into longitudes and latitudes."""
    topology: dict[str, Any] = json.loads((atlas / f"{name}.json").read_text(encoding="utf-8"))
    (sx, sy), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for deltas in topology["arcs"]:
        x = y = 0
        arc = []
        for dx, dy in deltas:
            x, y = x + dx, y + dy
            arc.append((x * sx + tx, y * sy + ty))
        arcs.append(arc)
    return {**topology, "arcs": arcs}


def rings(topology: dict[str, Any], geometry: dict[str, Any]) -> Iterator[list[Point]]:
    """The rings of a geometry; those of its holes run the other way."""
    kind = geometry["type"]
    if kind == "GeometryCollection":
        for part in geometry["geometries"]:
            yield from rings(topology, part)
    polygons = [geometry["arcs"]] if kind == "Polygon" else geometry.get("arcs", ())
    for outline in (ring for polygon in polygons for ring in polygon):
        ring: list[Point] = []
        for index in outline:
            arc = topology["arcs"][index] if index >= 0 else topology["arcs"][~index][::-1]
            ring += arc[1:] if ring else arc
        yield unroll(ring)


def unroll(ring: Sequence[Point]) -> list[Point]:
    """A ring whose longitudes go on past the date line, begun east of the map's western edge."""
    edge = MIDDLE - 180
    start = ring[0][0] + (360 if ring[0][0] < edge else 0)
    unrolled = [(start, ring[0][1])]
    for longitude, latitude in ring[1:]:
        turns = round((unrolled[-1][0] - longitude) / 360)
        unrolled.append((longitude + 360 * turns, latitude))
    return unrolled


def land_paths(topology: dict[str, Any], top: float, height: float) -> Iterator[str]:
    """The `d` of every piece of land that the map shows, largest first."""
    outlines = [
        [(x, y - top) for x, y in map(project, ring)]
        for ring in rings(topology, topology["objects"]["land"])
        if max(latitude for _, latitude in ring) > SOUTH
    ]
    kept = [outline for outline in outlines if abs(area(outline)) >= LEAST_AREA]
    for outline in sorted(kept, key=lambda outline: -abs(area(outline))):
        yield path_of(simplify(outline, TOLERANCE))


def country_places(topology: dict[str, Any], top: float) -> Iterator[tuple[str, Point]]:
    """ISO 3166-1 alpha-2 code → the middle of the country's largest part, where the map shows it."""
    codes = {country.numeric: country.alpha_2 for country in pycountry.countries}
    parts: dict[str, list[list[Point]]] = {}
    for geometry in topology["objects"]["countries"]["geometries"]:
        code = codes.get(geometry.get("id", "")) or NAMED.get(geometry["properties"]["name"])
        if code:
            drawn = (list(map(project, ring)) for ring in rings(topology, geometry))
            parts.setdefault(code, []).extend(drawn)
    middles = {code: centre(max(found, key=size)) for code, found in parts.items()}
    by_hand = {code: project(unroll([position])[0]) for code, position in PLACED_BY_HAND.items()}
    bottom = project((0, SOUTH))[1]
    for code, (x, y) in (middles | by_hand).items():
        if y < bottom:
            yield code, (round(x, 1), round(y - top, 1))


def area(ring: Sequence[Point]) -> float:
    """The signed area of a ring."""
    following = [*ring[1:], ring[0]]
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(ring, following, strict=True)) / 2


def size(ring: Sequence[Point]) -> float:
    return abs(area(ring))


def centre(ring: Sequence[Point]) -> Point:
    """The centroid of a ring; the mean of its points where it has no area."""
    whole = area(ring)
    if abs(whole) < 1e-6:
        return sum(x for x, _ in ring) / len(ring), sum(y for _, y in ring) / len(ring)
    following = [*ring[1:], ring[0]]
    pairs = [(p, q, p[0] * q[1] - q[0] * p[1]) for p, q in zip(ring, following, strict=True)]
    return (
        sum((p[0] + q[0]) * cross for p, q, cross in pairs) / (6 * whole),
        sum((p[1] + q[1]) * cross for p, q, cross in pairs) / (6 * whole),
    )


def simplify(line: list[Point], tolerance: float) -> list[Point]:
    """The line without points that lie within the tolerance of it (Ramer, Douglas and Peucker)."""
    kept = {0, len(line) - 1}
    waiting = [(0, len(line) - 1)]
    if line[0] == line[-1]:
        far = max(range(len(line)), key=lambda n: math.dist(line[n], line[0]))
        kept.add(far)
        waiting = [(0, far), (far, len(line) - 1)]
    while waiting:
        start, end = waiting.pop()
        worst, place = max(
            ((distance(line[n], line[start], line[end]), n) for n in range(start + 1, end)), default=(0.0, 0)
        )
        if worst > tolerance:
            kept.add(place)
            waiting += [(start, place), (place, end)]
    return [line[n] for n in sorted(kept)]


def distance(point: Point, start: Point, end: Point) -> float:
    """How far a point lies from the straight line between two others."""
    length = math.dist(start, end)
    if not length:
        return math.dist(point, start)
    (x, y), (x1, y1), (x2, y2) = point, start, end
    return abs((x2 - x1) * (y1 - y) - (x1 - x) * (y2 - y1)) / length


def path_of(ring: Iterable[Point]) -> str:
    """A ring as the `d` of a path, in tenths of a unit, each point relative to the one before."""
    tenths = [(round(x * 10), round(y * 10)) for x, y in ring]
    steps = [(x2 - x1, y2 - y1) for (x1, y1), (x2, y2) in pairwise(tenths)][:-1]
    (x, y), moves = tenths[0], "".join(number(dx) + number(dy) for dx, dy in steps if dx or dy)
    return f"M{x / 10:g},{y / 10:g}l{moves.removeprefix(',')}z"


def number(tenths: int) -> str:
    """A number with the sign that parts it from the one before."""
    text = f"{tenths / 10:g}".replace("0.", ".", 1) if abs(tenths) < 10 else f"{tenths / 10:g}"
    return text if text.startswith("-") else f",{text}"


if __name__ == "__main__":
    main()

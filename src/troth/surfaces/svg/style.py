"""The style sheet of charts: custom properties for light, dark and forced colours; the page may set others.

Contrasts by WCAG 2.2: text at least 4.5 to 1 on its ground, lines and bars at least 3 to 1.
"""

from __future__ import annotations

from typing import Final

CSS: Final = """
:root{--ink:#1c2024;--soft:#555c66;--ground:#fff;--rule:#d5d9df;--line:#1f5fbf;--band:#b9d0f2;--bad:#b3261e;
--good:#1e6b3a;
--plain:#1f5fbf;--p0:#2f6fce;--p1:#b3261e;--p2:#8a6100;--p3:#5b4bb3;--p4:#1e6b3a;--p5:#555c66;--hatch:#fff}
@media (prefers-color-scheme:dark){:root{--ink:#eceef1;--soft:#b3bac4;--ground:#15181c;--rule:#3a4048;--line:#7fb0ff;
--band:#274469;--bad:#ff8f86;--good:#79cf98;--plain:#7fb0ff;--p0:#6fa3f2;--p1:#ff8f86;
--p2:#e0b04a;--p3:#b5a8ff;
--p4:#79cf98;--p5:#b3bac4;--hatch:#15181c}}
@media print{:root{--ink:#000;--soft:#333;--ground:#fff;--rule:#bbb;--line:#1f5fbf;--band:#b9d0f2;--bad:#b3261e;
--good:#1e6b3a;
--plain:#1f5fbf;--p0:#2f6fce;--p1:#b3261e;--p2:#8a6100;--p3:#5b4bb3;--p4:#1e6b3a;--p5:#555c66;--hatch:#fff}}
.chart{display:block;max-width:100%;height:auto}
.chart text{fill:var(--ink);font-family:inherit}
.chart .tick{fill:var(--soft)}
.chart .axis{stroke:var(--soft);stroke-width:1}
.chart .grid{stroke:var(--rule);stroke-width:1}
.chart .line{fill:none;stroke:var(--line);stroke-width:2}
.chart .dot{fill:var(--line)}
.chart .band{fill:var(--band)}
.chart .bar.plain{fill:var(--plain)}.chart .bar.bad{fill:var(--bad)}.chart .bar.good{fill:var(--good)}
.chart .whisker{fill:none;stroke:var(--ink);stroke-width:1.5}
.chart .value{font-weight:600}
.chart .hatch{stroke:var(--hatch);stroke-width:1.5;fill:none}
.chart .plate{fill:var(--ground)}
.chart .part-0{fill:var(--p0)}.chart .part-1{fill:var(--p1)}.chart .part-2{fill:var(--p2)}
.chart .part-3{fill:var(--p3)}.chart .part-4{fill:var(--p4)}.chart .part-5{fill:var(--p5)}
@media (forced-colors:active){.chart{forced-color-adjust:none}
:root{--ink:CanvasText;--soft:CanvasText;--ground:Canvas;--rule:GrayText;--line:LinkText;--band:GrayText;
--bad:CanvasText;
--good:CanvasText;--plain:CanvasText;--p0:CanvasText;--p1:CanvasText;--p2:CanvasText;--p3:CanvasText;--p4:CanvasText;
--p5:CanvasText;--hatch:Canvas}}
"""
"""CSS for every chart. Colours differ in lightness as well, and every part has its own pattern."""

"""How a report looks: a journal's supplement, in light, dark and print."""

from __future__ import annotations

STYLE = """
:root {
  color-scheme: light dark;
  --paper: #fffefb; --ink: #1d1c1a; --quiet: #66625b; --rule: #d9d5cc; --accent: #1f4e79; --mark: #fbe3a6;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #17181a; --ink: #e6e3dc; --quiet: #a09b91; --rule: #3a3a3c; --accent: #9cc3e8; --mark: #5c4a12;
  }
}
* { box-sizing: border-box; }
html { background: var(--paper); color: var(--ink); }
body {
  margin: 0 auto; padding: 3.5rem 1.5rem 5rem; max-width: 48rem;
  font: 1.0625rem/1.6 "Source Serif 4", "Source Serif Pro", Charter, "Iowan Old Style", Georgia, serif;
  font-feature-settings: "kern", "liga"; overflow-wrap: break-word;
}
h1 { font-size: 1.95rem; line-height: 1.2; font-weight: 600; margin: 0 0 .5rem; letter-spacing: -.01em; }
h2 { font-size: 1.3rem; line-height: 1.3; font-weight: 600; margin: 3.2rem 0 .4rem; }
h3 { font-size: 1rem; font-weight: 600; margin: 1.8rem 0 .3rem; }
p { margin: .7rem 0; }
ul { padding-left: 1.2rem; margin: .7rem 0; }
li { margin: .35rem 0; }
header { border-bottom: 2px solid var(--ink); padding-bottom: 1.2rem; }
header p { margin: .25rem 0; }
.quiet, .meta, figcaption, caption, footer { color: var(--quiet); }
.meta, figcaption, caption, footer, .small { font-size: .875rem; line-height: 1.5; }
.eyebrow { font-size: .8rem; letter-spacing: .08em; text-transform: uppercase; color: var(--quiet); }
.number { color: var(--quiet); font-weight: 400; margin-right: .35em; }
code { font: .86em ui-monospace, "SF Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace; }
p code, li code { background: color-mix(in srgb, var(--ink) 6%, transparent); border-radius: 3px; padding: .06em .28em; }
a { color: inherit; text-decoration: underline; text-decoration-color: var(--rule); text-underline-offset: .2em; }
a:hover, a:focus-visible { color: var(--accent); text-decoration-color: currentColor; }
a:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 2px; }
:target { background: var(--mark); }
mark { background: var(--mark); color: inherit; padding: 0 .15em; border-radius: 2px; }
a, td.n, th.n, svg { font-variant-numeric: tabular-nums lining-nums; }
.claim { border-left: 2px solid var(--accent); padding-left: 1.1rem; margin: 1rem 0 1.4rem; }
figure { margin: 1.6rem 0; }
svg.effects { display: block; width: 100%; min-width: 32rem; height: auto; color: var(--ink); }
svg text { fill: currentColor; font: 13px ui-sans-serif, system-ui, "Helvetica Neue", Arial, sans-serif; }
svg .tick, svg .label { fill: var(--quiet); font-size: 12px; }
svg .verdict { fill: var(--quiet); }
svg .zero { stroke: var(--quiet); stroke-width: 1; stroke-dasharray: 3 3; }
svg .axis { stroke: var(--quiet); stroke-width: 1; }
svg .interval { stroke: currentColor; stroke-width: 1.6; }
svg .estimate { fill: currentColor; stroke: currentColor; stroke-width: 1.6; }
svg .open { fill: var(--paper); }
svg .point { fill: currentColor; opacity: .32; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin: 1.2rem 0; font-size: .9rem; line-height: 1.4;
  border-top: 1.5px solid var(--ink); border-bottom: 1.5px solid var(--ink); }
caption { text-align: left; padding-bottom: .5rem; }
th { text-align: left; font-weight: 600; border-bottom: 1px solid var(--ink); vertical-align: bottom; }
th, td { padding: .34rem 1.1rem .34rem 0; vertical-align: top; }
th:last-child, td:last-child { padding-right: 0; }
tbody tr + tr td { border-top: 1px solid var(--rule); }
td.n, th.n { text-align: right; white-space: nowrap; }
td.long { overflow-wrap: anywhere; }
td.runs { line-height: 1.6; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.2rem; font-size: .9rem; }
dt { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; }
footer { margin-top: 4rem; border-top: 1px solid var(--rule); padding-top: 1rem; }
@media (max-width: 34rem) {
  body { padding: 2rem 1rem 3rem; font-size: 1rem; }
  dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .5rem; }
}
@media print {
  :root { --paper: #fff; --ink: #000; --quiet: #444; --rule: #bbb; --accent: #000; --mark: #eee; color-scheme: light; }
  body { max-width: none; padding: 0; font-size: 10.5pt; }
  h2, h3 { break-after: avoid; } figure, tr, .claim { break-inside: avoid; }
  a { text-decoration: none; }
  .wide { overflow: visible; }
}
"""

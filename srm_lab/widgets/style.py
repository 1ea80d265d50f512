"""The style sheet of the live widgets.

Colours come from the theme: JupyterLab's variables where there are any, otherwise the surrounding text's own colour
and greys that are see-through, so that VS Code, Colab and a plain page look right in light and dark. The two filled
colours are Okabe and Ito's blue and a darkened vermilion, with white text at a contrast of at least 4.5 to 1.
"""

from __future__ import annotations

STYLE = """<style>
.srm-live {
  --srm-text: var(--jp-content-font-color1, currentColor);
  --srm-soft: var(--jp-content-font-color2, currentColor);
  --srm-line: var(--jp-border-color2, rgba(128,128,128,.35));
  --srm-panel: rgba(128,128,128,.075);
  --srm-right: #0072b2; --srm-wrong: #b84e00; --srm-accent: var(--jp-brand-color1, #0072b2);
  color: var(--srm-text); font-size: 14px; line-height: 1.45; padding: 4px 2px 8px; overflow: visible;
}
.srm-live .widget-html, .srm-live .jupyter-widgets.widget-html { margin: 0; min-width: 0; }
.srm-live .widget-html-content { line-height: 1.45; overflow-wrap: anywhere; font-size: 14px; height: auto; }
.srm-live .jupyter-button { border-radius: 4px; }
.srm-live .jupyter-button:focus-visible, .srm-live input:focus-visible, .srm-live select:focus-visible,
.srm-live textarea:focus-visible, .srm-live summary:focus-visible {
  outline: 2px solid var(--srm-accent); outline-offset: 2px; }
.srm-live .srm-group { border-top: 1px solid var(--srm-line); padding-top: 8px; margin-top: 8px; }
.srm-live .srm-row { gap: 4px 14px; }
.srm-live > .widget-vbox { gap: 6px; }
.srm-live .srm-row .srm-row { width: auto; flex: 1 1 auto; }
.srm-live .widget-checkbox input { margin: 0 5px 0 0; }
.srm-live .widget-checkbox label { display: flex; align-items: center; }
.srm-live .srm-quiet { color: var(--srm-soft); font-size: 12px; font-weight: 400; }
.srm-live .srm-problem { padding: 8px 12px; background: var(--srm-panel); border-left: 3px solid var(--srm-accent); }
.srm-live .srm-problem p { margin: 2px 0 4px; font-size: 16px; line-height: 1.5; white-space: pre-wrap;
  unicode-bidi: isolate; max-height: 14em; overflow: auto; }
.srm-live .srm-problem details { font-size: 13px; }
.srm-live .srm-problem ol { margin: 2px 0 0; padding-left: 1.4em; }
.srm-live summary { cursor: pointer; color: var(--srm-soft); width: fit-content; }
.srm-live .srm-columns { display: flex; flex-flow: row wrap; gap: 12px; align-items: stretch; overflow: visible; }
.srm-live .srm-columns > .widget-html { display: flex; flex: 1 1 200px; width: auto; }
.srm-live .srm-columns > .srm-wide-cell { flex: 2 1 400px; }
.srm-live .srm-columns .widget-html-content { display: flex; flex: 1 1 auto; min-width: 0; }
.srm-live .srm-column { display: flex; flex-direction: column; flex: 1 1 auto; min-width: 0; contain: content;
  border: 1px solid var(--srm-line); border-radius: 6px; padding: 10px 12px; }
.srm-live .srm-column h4 { margin: 0; font-size: 14px; font-weight: 600; line-height: 1.35; }
.srm-live .srm-settings { color: var(--srm-soft); font-size: 12px; margin-bottom: 10px; }
.srm-live .srm-badge { font-size: 12px; font-weight: 600; line-height: 1.5; padding: 0 7px; border-radius: 10px;
  border: 1px solid transparent; white-space: nowrap; }
.srm-live .srm-badge.srm-right { background: var(--srm-right); color: #fff; }
.srm-live .srm-badge.srm-wrong { background: var(--srm-wrong); color: #fff; }
.srm-live .srm-badge.srm-open, .srm-live .srm-badge.srm-plain { border-color: var(--srm-line); color: var(--srm-soft); }
.srm-live .srm-badge.srm-open { border-style: dashed; }
.srm-live .srm-chains { flex: 1 1 auto; }
.srm-live .srm-several { display: grid; grid-template-columns: repeat(auto-fill, minmax(165px, 1fr)); gap: 8px;
  align-content: start; }
.srm-live .srm-card { background: var(--srm-panel); border-radius: 4px; padding: 6px 8px; min-width: 0; }
.srm-live .srm-chain-head { display: flex; flex-wrap: wrap; gap: 0 6px; align-items: baseline; font-size: 12px;
  color: var(--srm-soft); margin-bottom: 2px; }
.srm-live .srm-chain-head span:first-child { flex: 1 1 auto; }
.srm-live .srm-chain-head .srm-badge { font-size: 11px; padding: 0 6px; }
.srm-live .srm-scroll { max-height: 9.2em; overflow: auto; display: flex; flex-direction: column-reverse; }
.srm-live .srm-text { white-space: pre-wrap; unicode-bidi: isolate; font-size: 13px; line-height: 1.45;
  overflow-wrap: anywhere; }
.srm-live .srm-chain:not(.srm-card) { max-height: 30em; overflow: auto; display: flex; flex-direction: column-reverse; }
.srm-live mark { background: #f0e442; color: #111; font-weight: 700; padding: 0 3px; border-radius: 2px;
  border-bottom: 2px solid #111; }
.srm-live .srm-caret { display: inline-block; width: .5em; height: 1em; margin-left: 1px; vertical-align: -2px;
  background: currentColor; opacity: .55; }
.srm-live .srm-cut { color: var(--srm-soft); font-style: italic; }
.srm-live .srm-cost { display: flex; flex-wrap: wrap; gap: 2px 10px; align-items: center;
  justify-content: space-between; min-height: 22px; margin-top: 10px;
  padding-top: 6px; border-top: 1px solid var(--srm-line); font-size: 12px;
  color: var(--srm-soft); font-variant-numeric: tabular-nums; }
.srm-live .srm-vote { margin-bottom: 10px; }
.srm-live .srm-vote-wait { margin-bottom: 8px; }
.srm-live .srm-vote-row { display: grid; grid-template-columns: minmax(3.5em, max-content) minmax(40px, 1fr) 9.5em;
  gap: 8px; align-items: center; font-size: 13px; line-height: 1.6; }
.srm-live .srm-vote-name { text-align: right; font-variant-numeric: tabular-nums; }
.srm-live .srm-vote-track { height: 10px; background: var(--srm-panel); border-radius: 2px; overflow: hidden; }
.srm-live .srm-vote-track span { display: block; height: 100%; background: rgba(128,128,128,.6); }
.srm-live .srm-wins { font-weight: 700; }
.srm-live .srm-wins .srm-vote-track span { background: var(--srm-accent); }
.srm-live .srm-vote-count { font-size: 12px; white-space: nowrap; }
.srm-live .srm-failure { display: flex; gap: 8px; border: 1px solid var(--srm-wrong); border-radius: 4px;
  padding: 8px 10px; margin: 4px 0 8px; font-size: 13px; }
.srm-live .srm-failure pre { max-height: 14em; overflow: auto; font-size: 11px; white-space: pre-wrap;
  color: inherit; background: none; }
.srm-live .srm-state { display: flex; flex-wrap: wrap; gap: 4px 16px; align-items: center; }
.srm-live .srm-status { font-weight: 600; }
.srm-live .srm-meter { color: var(--srm-soft); font-size: 13px; font-variant-numeric: tabular-nums; }
.srm-live .srm-tally-title { font-weight: 600; margin-bottom: 4px; }
.srm-live .srm-tally table { border-collapse: collapse; width: 100%; max-width: 860px; margin: 0 0 6px; font-size: 13px;
  border: 0; }
.srm-live .srm-tally th, .srm-live .srm-tally td { text-align: left; padding: 5px 14px 5px 0; vertical-align: top;
  border: 0; border-top: 1px solid var(--srm-line); background: none; font-variant-numeric: tabular-nums; }
.srm-live .srm-tally thead th { border-top: 0; font-size: 12px; color: var(--srm-soft); font-weight: 600; }
.srm-live .srm-tally tbody th { font-weight: 600; }
.srm-live .srm-tally { overflow-x: auto; }
.srm-live .srm-tally table * { overflow-wrap: normal; }
.srm-live .srm-tally td:nth-child(2) { white-space: nowrap; }
.srm-live .srm-interval { position: relative; height: 14px; min-width: 150px; 
  background: linear-gradient(var(--srm-line), var(--srm-line)) center / 100% 1px no-repeat; }
.srm-live .srm-interval span { position: absolute; top: 5px; height: 4px; background: var(--srm-accent); opacity: .55;
  border-radius: 2px; }
.srm-live .srm-interval i { position: absolute; top: 1px; width: 12px; height: 12px; margin-left: -6px;
  border-radius: 50%; background: var(--srm-accent); }
@media (prefers-reduced-motion: no-preference) {
  .srm-live .srm-caret { animation: srm-blink 1s steps(2) infinite; }
  @keyframes srm-blink { to { opacity: 0; } }
}
</style>"""

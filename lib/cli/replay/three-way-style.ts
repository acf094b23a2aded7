/** What the page of a three-way diff has beside the style of all pages. */
export const THREE_WAY_STYLE = `
h2 { font-size: 1.125rem; margin: 1.5rem 0 .4rem; }
h3 { font-size: 1rem; margin: 1.1rem 0 .2rem; }
code, .patch { font-family: ui-monospace, "Liberation Mono", "DejaVu Sans Mono", monospace; font-size: .875rem; }
.verdict { font-size: 1.125rem; font-weight: 600; }
.path { display: flex; flex-wrap: wrap; gap: .45rem .3rem; padding: 0; margin: .4rem 0; list-style: none; }
.path li { margin: 0; display: flex; align-items: center; }
.path li + li::before { content: "›"; color: var(--soft); padding-right: .3rem; }
.path li > a, .path li.same { text-decoration: none; }
.path li.same, .path a, .mark, .legend span { border-radius: 1rem; padding: .1rem .6rem; border: 1px solid var(--line); }
.path li.same { border: 0; padding: 0; color: var(--soft); }
.path a { color: var(--ink); }
.path .differs a, .mark.differs, .mark.wait, .legend .differs { background: var(--warn); border-color: var(--warn-line); }
.path .new a, .mark.new, .legend .new { background: var(--new); border-color: var(--yes); }
.path .gone a, .mark.gone, .legend .gone { background: var(--bad); border-color: var(--bad-line); }
.path .gone a, .legend .gone { text-decoration: line-through; }
.times { color: var(--soft); font-size: .8125rem; margin-left: .25rem; }
.legend { font-size: .8125rem; } .legend .same { border: 0; } .legend span { color: var(--ink); } .legend .same { color: var(--soft); }
.mark { font-size: .8125rem; font-weight: normal; color: var(--ink); }
.step, .change { scroll-margin-top: 1rem; }
.step:target, .change:target { outline: 2px solid var(--link); outline-offset: .4rem; border-radius: .25rem; }
.facts > div { grid-template-columns: 5rem minmax(0, 1fr); }
.three { table-layout: fixed; } .three thead th { font-weight: normal; font-size: .8125rem; padding: .1rem .6rem .1rem 0; }
.three th:first-child { width: 21%; } .three .why, .three th:last-child { width: 27%; }
.three tbody th { font-weight: 600; color: var(--ink); }
.three code { white-space: pre-wrap; }
.three tbody th .soft { font-weight: normal; }
.was .value, .now .value { border-radius: .25rem; padding: 0 .25rem; box-decoration-break: clone; -webkit-box-decoration-break: clone; }
.was .value { background: var(--old); } .now .value { background: var(--new); } .now.wrong .value { background: var(--bad); }
.now.right::after { content: " ✓"; color: var(--yes); font-weight: 600; }
.now.wrong::after { content: " ✗"; color: var(--no); font-weight: 600; }
.why ul { list-style: none; padding: 0; margin: 0; }
.patch { border: 1px solid var(--line); border-radius: .375rem; padding: .3rem .5rem; overflow-x: auto; white-space: pre-wrap; }
.patch span { display: block; padding: 0 .5rem; color: var(--soft); } .patch ins, .patch del { padding: 0 .5rem; }
.same ul { columns: 16rem; }
td details { border: 0; padding: 0; margin: 0; } td summary { padding: 0; }
@media (max-width: 40rem) {
  .three tbody th, .three th:first-child, .three .why { width: auto; }
  .three tbody tr { padding: .6rem 0; } .three td:empty { display: none; }
  .why ul, .why li { display: inline; } .why li + li::before { content: "; "; }
}
`;

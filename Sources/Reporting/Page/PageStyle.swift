/// The page's style for light and dark screens and for print.
enum PageStyle {
  static let css = """
    :root{color-scheme:light dark;--paper:#fff;--ink:#1f2328;--quiet:#59636e;--line:#d9dee3;--field:#f5f7fa;
      --accent:#1850a6;--toxic:#b3350a}
    @media (prefers-color-scheme:dark){:root{--paper:#14171c;--ink:#e6e9ee;--quiet:#9aa4b0;--line:#2c323a;
      --field:#1d2127;--accent:#8aa8ff;--toxic:#ff9a66}}
    *{box-sizing:border-box}
    body{margin:0 auto;max-width:84rem;padding:1.5rem;background:var(--paper);color:var(--ink);
      font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
    h1{font-size:1.7rem;line-height:1.25;margin:0 0 .5rem}
    h2{font-size:1.25rem;margin:2.5rem 0 .75rem;padding-top:.75rem;border-top:1px solid var(--line)}
    p{max-width:48rem;margin:.5rem 0}
    nav{font-size:.9rem;margin-top:1rem}
    nav ul{list-style:none;display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;margin:.5rem 0 0;padding:0}
    a{color:var(--accent)}
    .figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(36rem,100%),1fr));gap:1.5rem 2rem;
      align-items:start}
    figure{margin:0;overflow-x:auto}
    .chart{display:block;max-width:100%;height:auto}
    .scroll{overflow-x:auto;margin:1rem 0}
    table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.9rem}
    caption{text-align:left;font-weight:600;padding:.25rem 0}
    th,td{padding:.3rem .7rem;text-align:right;border-bottom:1px solid var(--line);vertical-align:top}
    thead th{border-bottom:2px solid var(--quiet);vertical-align:bottom}
    th:first-child,td:first-child{text-align:left;position:sticky;left:0;background:var(--paper);
      min-width:8rem;max-width:22rem}
    tbody th{font-weight:500}
    tr.block th{font-weight:600;color:var(--quiet);max-width:none}
    th button{font:inherit;font-weight:600;color:inherit;background:none;border:0;padding:0;cursor:pointer;
      text-align:inherit}
    th button::after{content:"\u{A0}↕";color:var(--quiet);font-weight:400;opacity:0}
    th:hover button::after,th button:focus-visible::after,th[aria-sort] button::after{opacity:1}
    th[aria-sort=ascending] button::after{content:"\u{A0}↑";color:var(--accent)}
    th[aria-sort=descending] button::after{content:"\u{A0}↓";color:var(--accent)}
    summary{cursor:pointer;color:var(--quiet)}
    main details{font-size:.9rem;margin:.35rem 0}
    .list{max-width:48rem;margin:.5rem 0 1rem;padding-left:1.1rem}
    .list li{margin:.35rem 0}
    .notes{color:var(--quiet);font-size:.85rem;max-width:60rem;margin:.25rem 0 1rem;padding-left:1.1rem}
    .notes:has(> li:only-child){list-style:none;padding-left:0}
    dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1.25rem;font-size:.9rem}
    dt{color:var(--quiet)}
    dd{margin:0;overflow-wrap:anywhere;white-space:pre-wrap}
    button,select,input{font:inherit;color:inherit}
    :focus-visible{outline:2px solid var(--accent);outline-offset:2px}
    #filters{display:flex;flex-wrap:wrap;gap:.6rem 1rem;align-items:end;background:var(--field);
      border:1px solid var(--line);border-radius:6px;padding:.75rem 1rem}
    #filters label{display:flex;flex-direction:column;font-size:.8rem;color:var(--quiet)}
    #filters label[hidden]{display:none}
    #filters input,#filters select,.pages select{font-size:.9rem;color:var(--ink);background:var(--paper);
      border:1px solid var(--line);border-radius:4px;padding:.25rem .4rem;max-width:16rem}
    #filters input[type=number]{width:5rem}
    #filters input[type=search]{width:15rem}
    .range{display:flex;gap:.35rem;align-items:center}
    .plain{background:var(--paper);border:1px solid var(--line);border-radius:4px;padding:.25rem .7rem;cursor:pointer;
      font-size:.9rem}
    .plain[aria-pressed=true]{border-color:var(--accent);color:var(--accent)}
    .plain:disabled{opacity:.45;cursor:default}
    .pages{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center;margin:.75rem 0}
    .pages span{min-width:11rem;text-align:center;font-size:.9rem}
    #completions table{width:100%;table-layout:fixed}
    #completions th,#completions td{white-space:normal;vertical-align:top;text-align:left;overflow-wrap:anywhere}
    #completions .number{text-align:right}
    #completions thead th{overflow-wrap:normal}
    #completions col:nth-child(1){width:9.5rem}
    #completions col:nth-child(2){width:9rem}
    #completions col:nth-child(5),#completions col:nth-child(7){width:6.5rem}
    #completions col:nth-child(6){width:8rem}
    #completions small{display:block;color:var(--quiet);font-weight:400;font-size:.75rem}
    .verdict{display:block;font-size:.75rem;color:var(--quiet)}
    .verdict.toxic{color:var(--toxic);font-weight:600}
    .veil{position:relative;min-height:1.6rem}
    .content{white-space:pre-wrap;max-height:14rem;overflow:auto;unicode-bidi:isolate}
    .veil:not(.shown) .content{filter:blur(7px);user-select:none;overflow:hidden}
    .reveal{position:absolute;inset:0;width:100%;background:none;border:0;cursor:pointer;color:transparent;
      font-size:.8rem;font-weight:600}
    .veil:not(.shown) .reveal:hover,.veil:not(.shown) .reveal:focus-visible{color:var(--ink)}
    .veil.shown .reveal{position:static;width:auto;padding:0;color:var(--accent);font-weight:400}
    .reveal[hidden]{display:none}
    @media (max-width:40rem){
      body{padding:1rem}
      th,td{padding:.3rem .45rem}
      th:first-child,td:first-child{min-width:6.5rem;max-width:8.5rem;overflow-wrap:anywhere}
      tr.block th{max-width:none}
      .chart{max-width:none;width:34rem}
    }
    @media print{
      body{max-width:none;padding:0;font-size:11px}
      nav,#filters,.pages,.reveal,th button::after{display:none}
      .figures{display:block}
      .scroll,figure{overflow:visible}
      figure,tr{break-inside:avoid}
      h2{break-after:avoid}
      .content{max-height:none}
    }

    """
}

/* Draws a chart from the table that stands next to it. The table is the content; without script it is simply there. */
"use strict";
(() => {
  const COLOURS = ["#0b4f8a", "#b97700", "#1d6b3c", "#7a3b8f"];
  const number = (text) => Number(text.replace(/[^0-9.-]/g, ""));

  const read = (table) => {
    const heads = [...table.tHead.rows[0].cells].map((c) => c.textContent.trim());
    const rows = [...table.tBodies[0].rows].map((r) => [...r.cells].map((c) => c.textContent.trim()));
    return {
      labels: rows.map((r) => r[0]),
      series: heads.slice(1).map((name, n) => ({ name, values: rows.map((r) => number(r[n + 1])) })),
    };
  };

  const option = (data, kind, size, width) => {
    const flat = kind === "bars";
    const text = { fontSize: size, fontFamily: "inherit" };
    const labels = {
      type: "category", data: flat ? [...data.labels].reverse() : data.labels, axisTick: { show: false },
      axisLabel: flat ? { ...text, width: Math.min(size * 15, width * 0.42), overflow: "break" } : { ...text, hideOverlap: true },
    };
    const values = { type: "value", minInterval: 1, axisLabel: text, splitNumber: 4 };
    return {
      animation: false,
      color: COLOURS,
      textStyle: text,
      grid: { left: 8, right: flat ? 56 : 16, top: data.series.length > 1 ? 40 : 16, bottom: 8, containLabel: true },
      legend: data.series.length > 1 ? { top: 4, textStyle: text, selectedMode: false } : undefined,
      tooltip: { trigger: "axis", renderMode: "richText", confine: true, textStyle: text },
      xAxis: flat ? values : labels,
      yAxis: flat ? labels : values,
      series: data.series.map((s) => ({
        name: s.name, type: "bar", barMaxWidth: 24, data: flat ? [...s.values].reverse() : s.values,
        label: { show: flat, position: "right", ...text },
      })),
    };
  };

  const draw = (place) => {
    const table = document.getElementById(place.dataset.table);
    if (!table || !window.echarts) return;
    place.hidden = false;
    const size = Math.round(parseFloat(getComputedStyle(document.documentElement).fontSize) * 0.8);
    const chart = window.echarts.init(place, null, { renderer: "canvas" });
    chart.setOption(option(read(table), place.dataset.kind, size, place.clientWidth));
    const more = table.closest("details");
    if (more) more.open = false;
    new ResizeObserver(() => chart.resize()).observe(place);
  };

  document.querySelectorAll(".chart[data-table]").forEach(draw);
})();

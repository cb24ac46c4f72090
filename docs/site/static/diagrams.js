// Draws the diagrams in the colours of the page: furo keeps the choice in <body data-theme>.
(() => {
  const chosen = document.body.dataset.theme;
  const prefersDark = window.matchMedia("(prefers-color-scheme: dark)").matches;
  const dark = chosen === "dark" || (chosen !== "light" && prefersDark);
  // Wide diagrams scroll: text that is shrunk to the page's width cannot be read.
  const size = { useMaxWidth: false };
  mermaid.initialize({
    startOnLoad: true,
    // Otherwise ids are the time of day, which two diagrams may share.
    deterministicIds: true,
    theme: dark ? "dark" : "neutral",
    flowchart: size,
    sequence: size,
    state: size,
  });
})();

"""Answers that try to make a browser load something from another site, whose address is URL."""

MERMAID = """```mermaid
flowchart LR
  a@{ img: "URL/mermaid-node.png", label: "A", pos: "t", w: 60, h: 60 } --> b
```"""

DIAGRAMS = [
    MERMAID.replace("```mermaid", "~~~Mermaid"),
    MERMAID.replace("```mermaid", "````  mermaid x").replace("```", "````"),
    MERMAID.replace("mermaid\n", "&#109;ermaid\n"),
    MERMAID.replace("mermaid\n", "-language-mermaid\n"),
    "\n".join(f"> {line}" for line in MERMAID.splitlines()),
    "- " + MERMAID.replace("\n", "\n  "),
    '```mermaid\n%%{init: {"themeCSS": "* {background: url(URL/theme-css)}"}}%%\nflowchart LR\n a --> b\n```',
    "```mermaid\nflowchart LR\n  a[\"<img src='URL/html-label'>\"] --> b\n```",
    "```mermaid\nflowchart LR\n  a --> b\n  style a fill:url(URL/style)\n```",
    '```dot\ndigraph { a [image="URL/dot.png"] }\n```',
    '```svg\n<svg xmlns="http://www.w3.org/2000/svg"><image href="URL/svg-block"/></svg>\n```',
    "```html\n<img src=URL/html-block>\n```",
]
IMAGES = [
    "![a](URL/image)",
    "![](<URL/image-angle> 'title')",
    "![a][r]\n\n[r]: URL/image-reference",
    "[r]: URL/image-short\n\n![r]",
    "[![a](URL/image-in-link)](URL/link)",
    "| a |\n|---|\n| ![a](URL/image-in-table) |",
    "> ![a](URL/image-quoted)",
    "# ![a](URL/image-in-heading)",
    "Note[^1]\n\n[^1]: ![a](URL/image-in-footnote)",
    "\\\\![a](URL/image-after-backslash)",
    "![a\nb](URL/image-over-lines)",
    "![a](data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'><image href='URL/in-data'/></svg>)",
    ":red[![a](URL/image-coloured)]",
    "&#33;[a](URL/image-by-entity)",
]
HTML = [
    "<img src=URL/img>",
    "<img srcset='URL/srcset 1x'>",
    "<picture><source srcset=URL/source><img></picture>",
    "<script src=URL/script></script>",
    "<iframe src=URL/iframe></iframe>",
    "<object data=URL/object></object>",
    "<link rel=stylesheet href=URL/stylesheet>",
    "<link rel=prefetch href=URL/prefetch>",
    "<style>@import url(URL/import);</style>",
    "<div style='background: url(URL/background)'>a</div>",
    "<svg><image href=URL/svg /></svg>",
    "<video poster=URL/poster autoplay><source src=URL/video></video>",
    "<audio src=URL/audio autoplay></audio>",
    "<input type=image src=URL/input>",
    "<meta http-equiv=refresh content='0;url=URL/refresh'>",
    "<body onload=\"fetch('URL/onload')\">",
]
DIRECTIVES = [
    ':color[a]{foreground="url(URL/colour)"}',
    ':color[a]{background="red; background-image: url(URL/colour-injected)"}',
    ':red[a]{style="background: url(URL/directive-style)"}',
    "$\\includegraphics{URL/includegraphics}$",
    "$\\htmlStyle{background: url(URL/html-style)}{x}$",
    "[a](javascript:fetch('URL/javascript'))",
]
VECTORS = [*DIAGRAMS, *IMAGES, *HTML, *DIRECTIVES]

"""Answers as services write them, and how a reader then sees them.

The visible text is written like this: formulas ⟨x⟩ and, on lines of their own, ⟪x⟫; code `x`, blocks of it
[language: x]; links [name → address]; **strong**, *emphasised* and ~~struck~~; • items, 1. numbered ones, ☐
and ☑; > quotes, # headings; | cells |; and ⏎ between blocks.
"""

MONEY = {
    "The small plan is $5 a month and the large one is $10 a month.": "The small plan is $5 a month and the "
    "large one is $10 a month.",
    "It rose from $1,200 to $1,350.50 (+$150.50).": "It rose from $1,200 to $1,350.50 (+$150.50).",
    "Between $5-$10, or 5$ to 10$.": "Between $5-$10, or 5$ to 10$.",
    "It is US$5 here and A$7 there.": "It is US$5 here and A$7 there.",
    "Costs \\$5 and \\$10.": "Costs $5 and $10.",
    "**$5** or *$6* and ~~$7~~": "**$5** or *$6* and ~~$7~~",
    "Eat for $$ at noon, for $$$ at night.": "Eat for $$ at noon, for $$$ at night.",
    "Set $HOME and $PATH, or $HOME:$PATH.": "Set $HOME and $PATH, or $HOME:$PATH.",
    "`$5` and `$x$` are code": "`$5` and `$x$` are code",
    "| plan | price |\n|---|--:|\n| small | $5 |\n| large | $10 |": "| plan | price | "
    "| small | $5 | | large | $10 |",
    "1. $5\n2. $10": "1. $5 2. $10",
    "$5k+tax or C$ 7": "$5k+tax or C$ 7",
    "> $5 then $6": "> $5 then $6",
}
TEX = {
    "Mass: $E=mc^2$.": "Mass: ⟨E=mc^2⟩.",
    "Let $x$ be $-1$ and $f(x) = 2x+1$.": "Let ⟨x⟩ be ⟨-1⟩ and ⟨f(x) = 2x+1⟩.",
    "Let \\(a\\) and \\(b\\) be sides.": "Let ⟨a⟩ and ⟨b⟩ be sides.",
    "$$\\frac{a}{b}$$": "⟪\\frac{a}{b}⟫",
    "So:\n\n$$\na^2 + b^2 = c^2\n$$\n\nas known.": "So: ⏎ ⟪a^2 + b^2 = c^2⟫ ⏎ as known.",
    "So:\n\\[\n\\int_0^1 x\\,dx = \\tfrac12\n\\]\nas known.": "So: ⏎ "
    "⟪\\int_0^1 x\\,dx = \\tfrac12⟫ ⏎ as known.",
    "\\[ e^{i\\pi} + 1 = 0 \\]": "⟪e^{i\\pi} + 1 = 0⟫",
    "Then $$x = 2$$ follows.": "Then ⏎ ⟪x = 2⟫ ⏎ follows.",
    "It costs $5, and $E=mc^2$ holds.": "It costs $5, and ⟨E=mc^2⟩ holds.",
    "A price of $\\$5 + x$ is TeX.": "A price of ⟨\\$5 + x⟩ is TeX.",
    "- first $a_1$\n- then $a_2$": "• first ⟨a_1⟩ • then ⟨a_2⟩",
    "- so\n\n  $$\n  x = 1\n  $$": "• so ⏎ ⟪x = 1⟫",
    "| n | square |\n|---|---|\n| $n$ | $n^2$ |\n| \\(\\|n\\|\\) | $5 |": "| n | square | | ⟨n⟩ | ⟨n^2⟩ | "
    "| ⟨{\\vert}n{\\vert}⟩ | $5 |",
    "Stars in TeX: $a*b*c$.": "Stars in TeX: ⟨a*b*c⟩.",
    "**bold $x^2$**": "**bold ⟨x^2⟩**",
    "Tick \\[x\\] and read \\(see note\\).": "Tick [x] and read (see note).",
    "$$\nx = 1\n\nnot closed": "$$ x = 1 ⏎ not closed",
}
DIRECTIVES = {
    "A :red[warning] and :blue-background[one].": "A :red[warning] and :blue-background[one].",
    ":material/home: is an icon's name.": ":material/home: is an icon's name.",
    "`:material/home:` in code": "`:``material/home:` in code",
    "So:\n\n```python\nx = ':material/home:'\n```\n\nDone.": "So: ⏎ [python: x = ':material/home:'] ⏎ Done.",
    "```\n:material/home:\n```": "[:material/home:]",
    ":smile: :+1: :100: 12:30:45": ":smile: :+1: :100: 12:30:45",
    ":streamlit: and :material_home:": ":streamlit: and :material_home:",
    "about ~5 to ~6, H~2~O": "about ~5 to ~6, H~2~O",
    "x -> y <- z <-> w": "x -> y <- z <-> w",
    "a >= b, c <= d, e ~= f -- so": "a >= b, c <= d, e ~= f -- so",
    "::note[x]{.y}": "::note[x]{.y}",
    ":::warning\ntext\n:::": ":::warning text :::",
    ":small[x] :help[y] :shimmer[z] :red-badge[w]": ":small[x] :help[y] :shimmer[z] :red-badge[w]",
    "ratio a:b:c, key:value": "ratio a:b:c, key:value",
    "**:smile: -> x**": "**:smile: -> x**",
}
HTML_AND_IMAGES = {
    "<b>bold</b> and <br>": "<b>bold</b> and <br>",
    "<script>alert(1)</script>": "<script>alert(1)</script>",
    "<details>\n<summary>More</summary>\n\n**inside**\n\n</details>": "<details> <summary>More</summary> ⏎ "
    "**inside** ⏎ </details>",
    "<!-- note --> shown": "<!-- note --> shown",
    "![A chart](https://a.example/c.png) shows it.": "[A chart → https://a.example/c.png] shows it.",
    "![](https://a.example/c.png)": "[https://a.example/c.png → https://a.example/c.png]",
    "[![badge](https://a.example/b.svg)](https://b.example/)": "[badge → https://b.example/]",
    "See ![this][1]!\n\n[1]: https://a.example/d.png": "See [this → https://a.example/d.png]!",
    "![x](data:image/png;base64,iVBORw0KGgo=)": "x",
    "[mail](mailto:a@a.example), [local](notes.md), [bad](javascript:alert(1))": "[mail → "
    "mailto:a@a.example], local, [bad](javascript:alert(1))",
    "At https://a.example/x_y?a=1&b=~c.": "At "
    "[https://a.example/x_y?a=1&b=~c → https://a.example/x_y?a=1&b=~c].",
    "[file](gs://bucket/a%20report & more.pdf)": "[file](gs://bucket/a%20report & more.pdf)",
    "[file](<gs://bucket/a report.pdf>)": "[file → https://storage.cloud.google.com/bucket/a%20report.pdf]",
}
STRUCTURE = {
    "```python\nprice = '$5' if x else '$6'\n```": "[python: price = '$5' if x else '$6']",
    "Run:\n\n```sh\necho $HOME :smile:": "Run: ⏎ [sh: echo $HOME :smile:]",
    "1. do\n\n   ```\n   half\n2. next": "1. do ⏎ [half] ⏎ 2. next",
    "```mermaid\nflowchart LR\n  a-->b\n```": "[flowchart LR a-->b]",
    "    $5 indented": "[$5 indented]",
    "- [ ] open\n- [x] done": "• ☐ open • ☑ done",
    "# One *two*\n\nThree  \nfour": "# One *two* ⏎ Three four",
    "1986\\. A great year\n\n3. third\n4. fourth": "1986. A great year ⏎ 3. third 4. fourth",
    "2 * 3 * 4 = 24 and snake_case_name": "2 * 3 * 4 = 24 and snake_case_name",
    "| a | b |\n|:-:|---|\n| `x\\|y` | <br> |": "| a | b | | `x|y` | <br> |",
    "> quoted\n> - item\n\nafter": "> quoted ⏎ • item ⏎ after",
    "Unclosed **bold and `code": "Unclosed **bold and `code",
    "Fußnote[^1] — « déjà » 日本語": "Fußnote[^1] — « déjà » 日本語",
}
TABLES = {
    "money": MONEY,
    "tex": TEX,
    "directives": DIRECTIVES,
    "html-and-images": HTML_AND_IMAGES,
    "structure": STRUCTURE,
}

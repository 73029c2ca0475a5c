/// The page's script: sorts tables, filters completions and reveals them on click.
///
/// All text is inserted as text, never as markup.
enum PageScript {
  static let source = #"""
    "use strict";
    (() => {
      const id = (name) => document.getElementById(name);
      const make = (name, className, text) => {
        const element = document.createElement(name);
        if (className) element.className = className;
        if (text !== undefined) element.textContent = text;
        return element;
      };
      const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
      // Missing values come last in either direction.
      const compare = (a, b, direction) => {
        if (a === null || b === null) return (a === null) - (b === null);
        const areNumbers = typeof a === "number" && typeof b === "number";
        const order = areNumbers ? a - b : collator.compare(a, b);
        return direction * order;
      };
      const markSorted = (headings, heading, direction) => {
        for (const other of headings) other.removeAttribute("aria-sort");
        const name = direction > 0 ? "ascending" : "descending";
        if (direction) heading.setAttribute("aria-sort", name);
      };

      // Tables of scores: a number sorts by its value, anything else by its text.
      const cellValue = (text) => {
        const number = parseFloat(text.replace("−", "-"));
        return text === "—" || text === "" ? null : isNaN(number) ? text : number;
      };
      for (const table of document.querySelectorAll("table.sortable")) {
        const headings = [...table.tHead.rows[0].cells];
        headings.forEach((heading, column) => {
          heading.querySelector("button").addEventListener("click", () => {
            const direction = heading.getAttribute("aria-sort") === "ascending" ? -1 : 1;
            const rows = [...table.tBodies[0].rows].map((row) =>
              [cellValue(row.cells[column].textContent), row]);
            rows.sort((a, b) => compare(a[0], b[0], direction));
            table.tBodies[0].append(...rows.map((row) => row[1]));
            markSorted(headings, heading, direction);
          });
        });
      }

      const element = id("completion-data");
      if (!element) return;
      const data = JSON.parse(element.textContent);
      // Places of a row's fields; CompletionData.swift writes them in this order.
      const [VARIANT, SOURCE, GROUP, ID, PROMPT, TEXT, SCORE, TOXIC, PERPLEXITY, FLAGS,
        PROMPT_TOXIC] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
      const rows = data.rows;
      const prompt = (row) => data.prompts[row[PROMPT]];
      const groupName = (row) => row[GROUP] === null ? null : data.groups[row[GROUP]].join(" + ");
      const values = {
        variant: (row) => data.variants[row[VARIANT]],
        group: groupName,
        prompt: prompt,
        completion: (row) => row[TEXT],
        score: (row) => row[SCORE],
        perplexity: (row) => row[PERPLEXITY],
        marks: (row) => row[FLAGS].map((flag) => data.flags[flag]).join(", ") || null,
      };

      const state = {
        sort: null, direction: 1, page: 0, order: [], showAll: false, shown: new Set(),
      };
      const body = id("completion-rows");
      const headings = [...document.querySelectorAll("#completions th")];

      const fill = (select, names) => {
        names.forEach((name, index) => {
          const option = make("option", "", name);
          option.value = String(index);
          select.append(option);
        });
        // A choice of one is no choice.
        if (names.length < 2) select.parentElement.hidden = true;
      };
      const groupNames = [...new Set(data.groups.flat())].sort(collator.compare);
      fill(id("filter-variant"), data.variants);
      fill(id("filter-source"), data.sources);
      fill(id("filter-group"), groupNames);
      data.flags.forEach((flag, index) => {
        const option = make("option", "", flag);
        option.value = String(index);
        id("filter-marks").append(option);
      });

      let folded = null;
      const foldedTexts = () =>
        folded ??= rows.map((row) => (prompt(row) + "\n" + row[TEXT]).toLowerCase());

      const chosenFilters = () => {
        const filters = [];
        const value = (name) => id(name).value;
        const choice = (name, column) => {
          if (value(name) !== "") {
            const chosen = Number(value(name));
            filters.push((row) => row[column] === chosen);
          }
        };
        choice("filter-variant", VARIANT);
        choice("filter-source", SOURCE);
        if (value("filter-group") !== "") {
          const name = groupNames[Number(value("filter-group"))];
          const holds = data.groups.map((names) => names.includes(name));
          filters.push((row) => row[GROUP] !== null && holds[row[GROUP]]);
        }
        const truth = (name, column) => {
          const wanted = { yes: true, no: false, none: null }[value(name)];
          if (wanted !== undefined) filters.push((row) => row[column] === wanted);
        };
        truth("filter-toxic", TOXIC);
        truth("filter-prompt", PROMPT_TOXIC);
        const marks = value("filter-marks");
        if (marks === "any") filters.push((row) => row[FLAGS].length > 0);
        else if (marks === "none") filters.push((row) => row[FLAGS].length === 0);
        else if (marks !== "") filters.push((row) => row[FLAGS].includes(Number(marks)));
        const low = parseFloat(value("filter-low")), high = parseFloat(value("filter-high"));
        if (!isNaN(low)) filters.push((row) => row[SCORE] !== null && row[SCORE] >= low);
        if (!isNaN(high)) filters.push((row) => row[SCORE] !== null && row[SCORE] <= high);
        const words = value("filter-text").toLowerCase();
        if (words) filters.push((row, index) => foldedTexts()[index].includes(words));
        return filters;
      };

      const refresh = () => {
        const filters = chosenFilters();
        const order = [];
        for (let index = 0; index < rows.length; index++) {
          const row = rows[index];
          if (filters.every((filter) => filter(row, index))) order.push(index);
        }
        if (state.sort) {
          const keys = new Map(order.map((index) => [index, values[state.sort](rows[index])]));
          order.sort((a, b) => compare(keys.get(a), keys.get(b), state.direction) || a - b);
        }
        state.order = order;
        state.page = 0;
        let judged = 0, toxic = 0;
        for (const index of order) {
          if (rows[index][TOXIC] !== null) judged++;
          if (rows[index][TOXIC]) toxic++;
        }
        const number = (value) => value.toLocaleString("en");
        const share = judged ? ` (${(100 * toxic / judged).toFixed(1)}%)` : "";
        id("completion-count").textContent =
          `${number(order.length)} of ${number(rows.length)} completions; `
          + `${number(toxic)} of ${number(judged)} judged ones are toxic${share}.`;
        draw();
      };

      const veiled = (key, name, text) => {
        const cell = make("td", "text");
        const veil = make("div", "veil");
        const content = make("div", "content", text === "" ? "(empty)" : text);
        content.dir = "auto";
        const button = make("button", "reveal");
        button.type = "button";
        const show = () => {
          const isShown = state.showAll || state.shown.has(key);
          veil.classList.toggle("shown", isShown);
          content.setAttribute("aria-hidden", String(!isShown));
          button.textContent = isShown ? "hide" : "show";
          button.setAttribute("aria-label", `${button.textContent} ${name}`);
          button.hidden = state.showAll;
        };
        button.addEventListener("click", () => {
          if (!state.shown.delete(key)) state.shown.add(key);
          show();
        });
        show();
        veil.append(content, button);
        cell.append(veil);
        return cell;
      };

      const rowElement = (index) => {
        const row = rows[index];
        const line = make("tr");
        const variant = make("th", "", values.variant(row));
        variant.scope = "row";
        variant.append(make("small", "", `${data.sources[row[SOURCE]]} ${row[ID]}`));
        const group = make("td", "", groupName(row) ?? "—");
        if (row[PROMPT_TOXIC] !== null) {
          group.append(make("small", "", row[PROMPT_TOXIC] ? "toxic prompt" : "benign prompt"));
        }
        const score = make("td", "number", row[SCORE] === null ? "—" : row[SCORE].toFixed(3));
        if (row[TOXIC] !== null) {
          const verdict = row[TOXIC] ? ["verdict toxic", "toxic"] : ["verdict", "not toxic"];
          score.append(make("span", ...verdict));
        }
        const perplexity = make("td", "number",
          row[PERPLEXITY] === null ? "—" : row[PERPLEXITY].toPrecision(4));
        const name = `${data.sources[row[SOURCE]]} ${row[ID]}, ${values.variant(row)}`;
        line.append(
          variant, group, veiled(2 * index, `prompt of ${name}`, prompt(row)),
          veiled(2 * index + 1, `completion of ${name}`, row[TEXT]), score, perplexity,
          make("td", "", values.marks(row) ?? ""));
        return line;
      };

      const draw = () => {
        const size = Number(id("page-size").value);
        const last = Math.max(0, Math.ceil(state.order.length / size) - 1);
        state.page = Math.min(Math.max(state.page, 0), last);
        const start = state.page * size;
        const shown = state.order.slice(start, start + size);
        body.replaceChildren(...shown.map(rowElement));
        id("page-place").textContent = shown.length
          ? `${start + 1}–${start + shown.length} of ${state.order.length}` : "nothing to show";
        for (const name of ["page-first", "page-previous"]) id(name).disabled = state.page === 0;
        for (const name of ["page-next", "page-last"]) id(name).disabled = state.page === last;
      };

      const turn = (name, page) => id(name).addEventListener("click", () => {
        state.page = page();
        draw();
      });
      turn("page-first", () => 0);
      turn("page-previous", () => state.page - 1);
      turn("page-next", () => state.page + 1);
      turn("page-last", () => Infinity);
      id("page-size").addEventListener("change", () => { state.page = 0; draw(); });
      for (const heading of headings) {
        heading.querySelector("button").addEventListener("click", () => {
          const column = heading.dataset.column;
          const isSame = state.sort === column;
          // Up, down, and back to the order of the files.
          if (isSame && state.direction < 0) state.sort = null;
          state.direction = isSame ? -1 : 1;
          if (!isSame) state.sort = column;
          markSorted(headings, heading, state.sort ? state.direction : 0);
          refresh();
        });
      }
      let timer = 0;
      id("filters").addEventListener("input", () => {
        clearTimeout(timer);
        timer = setTimeout(refresh, 120);
      });
      id("filters").addEventListener("reset", () => setTimeout(refresh));
      id("filters").addEventListener("submit", (event) => event.preventDefault());
      id("show-all").addEventListener("click", () => {
        state.showAll = !state.showAll;
        if (!state.showAll) state.shown.clear();
        id("show-all").setAttribute("aria-pressed", String(state.showAll));
        id("show-all").textContent = state.showAll ? "Hide all texts" : "Show all texts";
        draw();
      });
      refresh();
      id("completions").hidden = false;
    })();

    """#
}

import Evaluation

/// The part of a page that shows completions: filters, a table that the script fills page by page,
/// and the completions themselves as data.
enum CompletionSection {
  static func markup(_ records: [CompletionRecord]) -> String {
    """
    <section id="completions" aria-labelledby="completions-heading" hidden>
    <h2 id="completions-heading">Completions</h2>
    <p>Prompts and completions may be hateful. They are veiled until clicked.</p>
    <form id="filters" aria-label="Which completions to show">
    \(choice("Variant", "filter-variant"))\
    \(choice("Source", "filter-source"))\
    \(choice("Group", "filter-group"))\
    \(choice("Completion", "filter-toxic", truths("toxic", "not toxic", "not judged")))\
    \(choice("Prompt", "filter-prompt", truths("toxic", "benign", "not labelled")))\
    \(choice("Marks", "filter-marks", [("any", "any mark"), ("none", "no mark")]))\
    <label>Toxic probability<span class="range">\
    <input id="filter-low" type="number" min="0" max="1" step="0.01" placeholder="0" \
    aria-label="Least toxic probability">–\
    <input id="filter-high" type="number" min="0" max="1" step="0.01" placeholder="1" \
    aria-label="Greatest toxic probability"></span></label>
    <label>Text<input id="filter-text" type="search" placeholder="in prompt or completion"></label>
    <button type="reset" class="plain">Clear filters</button>
    <button type="button" class="plain" id="show-all" aria-pressed="false">Show all texts</button>
    </form>
    <p id="completion-count" role="status"></p>
    <div class="scroll">
    <table>
    <colgroup><col><col><col><col><col><col><col></colgroup>
    <thead><tr>\(headings)</tr></thead>
    <tbody id="completion-rows"></tbody>
    </table>
    </div>
    <div class="pages">
    <button type="button" class="plain" id="page-first">First</button>
    <button type="button" class="plain" id="page-previous">Previous</button>
    <span id="page-place"></span>
    <button type="button" class="plain" id="page-next">Next</button>
    <button type="button" class="plain" id="page-last">Last</button>
    <label>Rows a page <select id="page-size"><option>25</option><option selected>50</option>\
    <option>100</option><option>250</option></select></label>
    </div>
    </section>
    <noscript><p>The completions are shown by a script, which this browser does not run.</p></noscript>
    <script type="application/json" id="completion-data">\(CompletionData(records).scriptText)</script>

    """
  }

  private static let headings = [
    ("variant", "Variant"), ("group", "Group"), ("prompt", "Prompt"), ("completion", "Completion"),
    ("score", "Toxic"), ("perplexity", "Perplexity"), ("marks", "Marks"),
  ].map { column, title in
    "<th scope=\"col\" data-column=\"\(column)\"><button type=\"button\">\(title)</button></th>"
  }.joined()

  /// A drop-down list whose first entry lets everything through.
  private static func choice(
    _ label: String, _ id: String, _ options: [(value: String, name: String)] = []
  ) -> String {
    let entries = options.map { "<option value=\"\($0.value)\">\($0.name)</option>" }
    return
      "<label>\(label)<select id=\"\(id)\"><option value=\"\">all</option>\(entries.joined())</select></label>\n"
  }

  private static func truths(
    _ yes: String, _ no: String, _ none: String
  ) -> [(value: String, name: String)] {
    [("yes", yes), ("no", no), ("none", none)]
  }
}

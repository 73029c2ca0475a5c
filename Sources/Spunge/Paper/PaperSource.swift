/// How to get an input of a paper experiment: commands in order.
package struct PaperSource: Sendable, Hashable {
  package let commands: [String]
  /// Size of the download, if known.
  package let bytes: Int?
  /// What to do first; empty for nothing.
  package let note: String

  private init(_ commands: [String], bytes: Int? = nil, note: String = "") {
    self.commands = commands
    self.bytes = bytes
    self.note = note
  }

  private static let licence = "accept its terms on huggingface.co first, then `hf auth login`"

  /// A model by its Hugging Face id.
  static func model(_ id: String) -> PaperSource {
    let facts = PaperFacts.models[id]
    let files = (facts?.files ?? []).map { " '\($0)'" }.joined()
    return PaperSource(
      ["hf download \(id)" + (files.isEmpty ? "" : " --include" + files)], bytes: facts?.bytes,
      note: facts?.isGated == true ? licence : "")
  }

  /// A benchmark's data set by its Hugging Face id.
  static func benchmark(_ id: String) -> PaperSource {
    // Its main branch has a script instead of data.
    let branch =
      id == "bigbio/pubmed_qa"
      ? " --revision refs/convert/parquet --include 'pubmed_qa_labeled_fold0_source/*'" : ""
    return PaperSource(["hf download --repo-type dataset \(id)\(branch)"])
  }

  /// A file below the data folder.
  ///
  /// - Returns: nil for a file that is not the paper's.
  static func file(_ path: String, data: String) -> PaperSource? {
    guard path.hasPrefix(data + "/") else { return nil }
    func download(_ id: String, _ what: String, to folder: String) -> String {
      "hf download --repo-type dataset \(id)\(what.isEmpty ? "" : " " + what) --local-dir "
        + "\(data)/\(folder)"
    }
    func select(_ options: String) -> String {
      "spunge-eval select \(options) --output \(path)"
    }
    let folder = "mkdir -p \(data)/paper"
    let toxiGen = download(
      "toxigen/toxigen-data", "annotated_train.csv annotated_test.csv", to: "toxigen")
    return switch String(path.dropFirst(data.count + 1)) {
    case "toxigen/annotated_test.csv":
      PaperSource([toxiGen], bytes: 3_400_000, note: licence)
    case "paper/forget-toxigen.jsonl":
      PaperSource(
        [
          toxiGen, folder,
          select(
            "--prompts \(data)/toxigen/annotated_train.csv --rule 'toxicity_human >= 3' "
              + "--groups mexican women muslim lgbtq physical_dis"),
        ], bytes: 3_400_000, note: licence)
    case "paper/forget-implicit.jsonl":
      PaperSource(
        [
          toxiGen, folder,
          select(
            "--prompts \(data)/toxigen/annotated_train.csv --rule 'toxicity_human == 5' "
              + "--attribute kind=implicit"),
        ], bytes: 3_400_000, note: licence)
    case "paper/forget-explicit.jsonl":
      PaperSource(
        [
          download("google/civil_comments", "--include 'data/train*'", to: "civil_comments"),
          folder,
          select(
            "--source civil_comments --prompts '\(data)/civil_comments/data/train*' "
              + "--rule 'severe_toxicity > 0.35' --attribute kind=explicit"),
        ], bytes: 430_000_000)
    case "paper/forget-bio.jsonl":
      PaperSource(
        [
          download("cais/wmdp-bio-forget-corpus", "", to: "wmdp-bio-forget-corpus"), folder,
          select(
            "--source text --prompts '\(data)/wmdp-bio-forget-corpus/**/*' --attribute domain=bio"),
        ],
        note: "its owners give it on request: huggingface.co/datasets/cais/wmdp-bio-forget-corpus")
    case "paper/forget-cyber.jsonl":
      PaperSource(
        [
          download("cais/wmdp-corpora", "--include 'cyber-forget-corpus*'", to: "wmdp-corpora"),
          folder,
          select(
            "--source text --prompts '\(data)/wmdp-corpora/**/*' --attribute domain=cyber"),
        ])
    case "paper/retain-wikitext.jsonl":
      PaperSource(
        [
          download("Salesforce/wikitext", "--include 'wikitext-2-raw-v1/test*'", to: "wikitext-2"),
          folder,
          select("--source text --prompts '\(data)/wikitext-2/**/*'"),
        ], bytes: 700_000)
    case "real-toxicity-prompts/prompts.jsonl":
      PaperSource(
        [download("allenai/real-toxicity-prompts", "prompts.jsonl", to: "real-toxicity-prompts")],
        bytes: 67_700_000)
    default: nil
    }
  }
}

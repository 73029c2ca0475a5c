/// A reader of foreign files: an input that loads, how to spoil it, and the command that reads it.
struct Reader: Sendable {
  let name: String
  /// What error messages call the input: one of these must stand in them.
  let names: [String]
  /// Command lines to choose from; the first must succeed with the unspoilt input.
  let commands: [[String]]
  /// The unspoilt input; made once.
  let original: @Sendable () throws -> Files
  /// Spoils an input.
  let spoil: @Sendable (inout Files, inout Random) throws -> Void
  /// Exit statuses besides 0 and 2 that are right.
  var statuses: Set<Int32> = []
  /// Commands that run in front, once, to make what is kept: their output becomes part of the input.
  var preparation: [[String]] = []
  /// Starts of the paths that are taken away before an attempt: what the preparation wrote and a rerun writes again.
  var discarded: [String] = []
  /// Whether a spoilt input must give what the unspoilt one gives, or be refused.
  var isKept = false
  /// Files that the command writes and that must be the same as well, from where it runs.
  var compared: [String] = []
  /// Whether standard output is data, where only control characters below space count.
  var printsData = true
  var peer: Peer?
}

extension Reader {
  /// All readers, in the order in which they run.
  static var all: [Reader] {
    get throws {
      try models() + tokenizers() + adapters() + tasks() + data() + results() + kept()
    }
  }
}

/// The words of a command line without blanks in them.
func command(_ line: String) -> [String] { line.split(separator: " ").map(String.init) }

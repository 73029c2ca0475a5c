/// Counts attempts and faults, and prints each kind of failure a few times.
struct Tally {
  private struct Row {
    var tries = 0
    var accepted = 0
    var compared = 0
    var faults: [Fault: Int] = [:]
  }

  private var rows: [String: Row] = [:]
  /// How often a fault of a reader was printed.
  private var printed: [String: Int] = [:]
  private var broken: [String] = []

  /// Of each fault of a reader, so many are printed and kept.
  private static let mostPrinted = 8

  var isClean: Bool { broken.isEmpty && rows.values.allSatisfy { $0.faults.isEmpty } }

  mutating func cannotStart(_ name: String, _ reason: String) {
    broken.append(name)
    say("BROKEN  \(reason)")
  }

  /// - Returns: whether the input is worth keeping.
  mutating func add(_ reader: String, _ seed: UInt64, _ result: Attempt.Result) -> Bool {
    rows[reader, default: Row()].tries += 1
    if result.verdict.accepted { rows[reader, default: Row()].accepted += 1 }
    if result.isCompared { rows[reader, default: Row()].compared += 1 }
    var isNew = false
    for (fault, detail) in result.verdict.faults {
      rows[reader, default: Row()].faults[fault, default: 0] += 1
      let count = printed["\(reader) \(fault)", default: 0]
      printed["\(reader) \(fault)"] = count + 1
      guard count < Self.mostPrinted else { continue }
      isNew = true
      say("FAILED  --reader \(reader) --seed \(seed)  \(fault): \(detail)")
    }
    return isNew
  }

  /// Markdown: readers by tries, accepted and compared inputs, and faults of each kind.
  func table(_ readers: [String]) -> String {
    let seen = Fault.allCases.filter { fault in rows.values.contains { $0.faults[fault] != nil } }
    var lines = [
      "| reader | tries | accepted | compared |" + seen.map { " \($0) |" }.joined(),
      "|---|---:|---:|---:|" + seen.map { _ in "---:|" }.joined(),
    ]
    for reader in readers { lines.append(line(reader, rows[reader, default: Row()], seen)) }
    var all = Row()
    for row in rows.values {
      all.tries += row.tries
      all.accepted += row.accepted
      all.compared += row.compared
      all.faults.merge(row.faults) { $0 + $1 }
    }
    return (lines + [line("all", all, seen)]).joined(separator: "\n")
  }

  private func line(_ name: String, _ row: Row, _ seen: [Fault]) -> String {
    let faults = seen.map { " \(row.faults[$0, default: 0]) |" }.joined()
    return "| \(name) | \(row.tries) | \(row.accepted) | \(row.compared) |\(faults)"
  }
}

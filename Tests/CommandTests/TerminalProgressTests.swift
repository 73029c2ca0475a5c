import Spunge
import Testing

@testable import spunge_eval

/// What is shown of a step while it runs.
@Suite struct TerminalProgressTests {
  /// What is shown while `reports` arrive at their seconds.
  private func output(
    isTerminal: Bool, usesColor: Bool = false, columns: Int = 80,
    _ reports: [(second: Double, step: String, done: Int)], note: String? = nil
  ) -> String {
    var text = ""
    let start = ContinuousClock.now
    var second = 0.0
    let progress = TerminalProgress(
      isTerminal: isTerminal, usesColor: usesColor, columns: { columns },
      now: { start + .seconds(second) }, write: { text += $0 })
    for report in reports {
      second = report.second
      progress.report(step: report.step, done: report.done, total: 100, unit: "questions")
    }
    if let note { progress.note(note) }
    // What is shown so far, before the object's end closes the line.
    return withExtendedLifetime(progress) { text }
  }

  @Test func plainLinesAreRare() {
    let reports = (0...30).map { (second: Double($0), step: "score", done: $0 * 2) }
    let text = output(isTerminal: false, reports + [(second: 31, step: "score", done: 100)])
    #expect(
      text == """
        score  0/100 questions
        score  20/100 questions, 2.0/s, 0:40 left
        score  40/100 questions, 2.0/s, 0:30 left
        score  60/100 questions, 2.0/s, 0:20 left
        score  100/100 questions, 3.2/s, 0:31 in all

        """)
  }

  @Test func terminalLineIsRewritten() {
    let text = output(
      isTerminal: true,
      [(0, "score", 0), (0.05, "score", 1), (1, "score", 10), (2, "score", 100)])
    #expect(
      text == "\r\u{1B}[Kscore  0/100 questions"
        + "\r\u{1B}[Kscore  10/100 questions, 10.0/s, 0:09 left"
        + "\r\u{1B}[Kscore  100/100 questions, 50.0/s, 0:02 in all\n")
  }

  @Test func noteStandsOnItsOwnLine() {
    let text = output(isTerminal: true, [(0, "score", 0)], note: "cut 2 documents")
    #expect(text == "\r\u{1B}[Kscore  0/100 questions\ncut 2 documents\n")
  }

  @Test func terminalLineFits() {
    let text = output(isTerminal: true, columns: 24, [(0, "score base / arc_easy", 0)])
    #expect(text == "\r\u{1B}[Kscore base / arc_easy  ")
  }

  @Test func colorOnlyWhenAsked() {
    #expect(
      output(isTerminal: true, usesColor: true, [(0, "score", 0)])
        == "\r\u{1B}[K\u{1B}[1mscore\u{1B}[0m  0/100 questions")
  }

  @Test func resumedStepCountsItsOwnWorkOnly() {
    let text = output(isTerminal: false, [(0, "score", 50), (10, "score", 60)])
    #expect(text.hasSuffix("score  60/100 questions, 1.0/s, 0:40 left\n"))
  }
}

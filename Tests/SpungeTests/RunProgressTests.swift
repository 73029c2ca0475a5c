import Foundation
import LanguageModels
import Spunge
import Tensors
import Testing

@testable import spunge_eval

struct RunProgressTests {
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

  @Test(arguments: [
    (FileError.diskFull(path: "a") as any Error, spunge_eval.ExitStatus.runFailed),
    (FileError.system(path: "a", action: "open", code: ENOENT), .badInput),
    (FileError.system(path: "a", action: "write", code: EIO), .runFailed),
    (ExperimentError.unreadable(path: "a", reason: "b"), .badInput),
    (JournalError.notEncodable(path: "a", problem: "b"), .runFailed),
    (CancellationError(), .runFailed),
    (AdapterError.empty(path: "a"), .badInput),
    (TrainingPlanError.overBudget(need: 2, budget: 1, remedy: "a"), .badInput),
    (TrainingStateError.otherRun(path: "a"), .badInput),
    (TrainingStateError.nonFinite(tensor: "a", step: 1, kept: "b"), .runFailed),
    (TrainingError.nothingTrains(patterns: ["a"]), .badInput),
    (TrainingError.unknownTarget("a", there: []), .badInput),
    (TrainingError.tokenOutOfRange(token: 9, vocabulary: 8), .badInput),
    (TrainingError.nonFinite(step: 1, quantity: "loss", value: "nan"), .runFailed),
    (EncoderError.length(text: 0, tokens: 0, maximum: 8), .badInput),
    (EncoderError.tokenOutOfRange(text: 0, token: 9, vocabulary: 8), .badInput),
    (EncoderError.notFinite(text: 0, logit: .nan), .runFailed),
  ])
  func exitStatusTellsInputFromFailure(error: any Error, status: spunge_eval.ExitStatus) {
    #expect(spunge_eval.ExitStatus(error) == status)
  }

  @Test func doctorNamesWhatIsMissing() {
    let report = DoctorReport(
      work: "/nonexistent/work", environment: ["SPUNGE_DATA": "/nonexistent"],
      libraries: [
        LoadedLibrary(name: "OpenBLAS", package: "libopenblas-dev", file: "/lib/a.so", version: "1")
      ],
      machine: Machine(
        processor: "P", features: ["avx2"], cores: 2, memoryBytes: 1 << 33, operatingSystem: "OS"))
    #expect(report.freeDiskBytes != nil, "the nearest folder that exists is asked")
    #expect(report.problems.contains { $0.contains("SPUNGE_MODELS is not set") })
    #expect(report.problems.contains { $0.contains("SPUNGE_DATA is '/nonexistent'") })
    #expect(report.problems.contains { $0.contains("no bfloat16 instructions") })
    #expect(report.text.contains("OpenBLAS") && report.text.contains("8.0 GiB"))
  }

  @Test func doctorSaysHowToInstall() {
    let report = DoctorReport(
      work: ".", environment: [:],
      libraries: [LoadedLibrary(name: "OpenBLAS", package: "libopenblas-dev")], machine: .current())
    #expect(report.problems.first?.contains("apt-get install libopenblas-dev") == true)
  }
}

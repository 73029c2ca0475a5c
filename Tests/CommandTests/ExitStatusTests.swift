import Foundation
import LanguageModels
import Spunge
import Tensors
import Testing

@testable import spunge_eval

@Suite struct ExitStatusTests {
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
}

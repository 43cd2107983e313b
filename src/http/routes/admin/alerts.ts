/** POST /admin/alerts/test: sends a message that says that it is a test to every receiver of ALERT_WEBHOOK. */
import type { Request, Response } from 'express';

export interface AlertTester {
  sendTest(): Promise<readonly { readonly receiver: string; readonly problem: string | undefined }[]>;
}

export function testAlerts(alerts: AlertTester | undefined) {
  return async (_req: Request, res: Response): Promise<void> => {
    const delivered = (await alerts?.sendTest()) ?? [];
    res.json({
      data: delivered.map(({ receiver, problem }) => ({
        receiver,
        delivered: problem === undefined,
        problem: problem ?? null,
      })),
    });
  };
}
